//! The kinds of problem that all services share: one table of slug, status and explanation.
//!
//! A kind that speaks of orders, payments or notifications is declared in its service.

use serde::Serialize;

/// A kind of problem, explained at `/problems/{slug}`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// Last part of the type URL.
    pub slug: &'static str,
    /// The word for programs.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// One sentence, the same for every case.
    pub title: &'static str,
    /// What it means and what to do, in plain text.
    pub explanation: &'static str,
}

impl Kind {
    /// The `type` of its problems, relative to the service's own address.
    pub fn type_url(&self) -> String {
        format!("/problems/{}", self.slug)
    }
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $kind:expr;)*) => {
        $($(#[$meta])* pub static $name: Kind = $kind;)*
        /// Every kind above.
        pub static KINDS: &[&Kind] = &[$(&$name),*];
    };
}

kinds! {
    /// A field breaks a rule.
    VALIDATION = Kind {
        slug: "validation", code: "validation_failed", status: 422, retryable: false,
        title: "The request is not valid.",
        explanation: "The body is JSON, but some fields break a rule. `errors` names each with a JSON \
                      pointer. Correct them and send the request again; nothing was stored.",
    };
    /// Not JSON.
    MALFORMED_JSON = Kind {
        slug: "malformed-json", code: "malformed_json", status: 400, retryable: false,
        title: "The body is not JSON.",
        explanation: "The body is empty, cut off or not JSON. `line` and `column` say where reading \
                      stopped.",
    };
    /// Cut off by the connection.
    INCOMPLETE_BODY = Kind {
        slug: "incomplete-body", code: "incomplete_body", status: 400, retryable: true,
        title: "The body did not arrive whole.",
        explanation: "The connection ended or broke its framing inside the body. Send the request \
                      again.",
    };
    /// Query parameter not known.
    UNKNOWN_PARAMETER = Kind {
        slug: "unknown-parameter", code: "unknown_parameter", status: 400, retryable: false,
        title: "A query parameter is not known.",
        explanation: "A mistyped filter that is silently ignored returns the wrong rows, so unknown \
                      parameters are refused. `detail` lists those that the endpoint takes.",
    };
    /// Query parameter or header not readable.
    INVALID_PARAMETER = Kind {
        slug: "invalid-parameter", code: "invalid_parameter", status: 400, retryable: false,
        title: "A parameter has a value that cannot be read.",
        explanation: "`parameter` names the query parameter or header, `detail` what it must look like.",
    };
    /// No idempotency key.
    MISSING_IDEMPOTENCY_KEY = Kind {
        slug: "missing-idempotency-key", code: "missing_idempotency_key", status: 400,
        retryable: false,
        title: "An Idempotency-Key header is needed.",
        explanation: "Every POST that creates something needs an `Idempotency-Key` header: 1 to 255 \
                      visible ASCII characters, new for each thing you want to create, the same when \
                      you repeat a request whose answer you did not get. Keys are kept for 7 days. \
                      A repeated request gets the first answer again and creates nothing.",
    };
    /// Not proven to be who it says.
    UNAUTHENTICATED = Kind {
        slug: "unauthenticated", code: "unauthenticated", status: 401, retryable: false,
        title: "The sender is not proven.",
        explanation: "The request carries no signature or key, or one that does not fit. Nothing \
                      was stored and nothing was changed by it.",
    };
    /// Nothing there.
    NOT_FOUND = Kind {
        slug: "not-found", code: "not_found", status: 404, retryable: false,
        title: "There is no such resource.",
        explanation: "The address is wrong, or what it names does not exist in your account.",
    };
    /// Wrong method.
    METHOD_NOT_ALLOWED = Kind {
        slug: "method-not-allowed", code: "method_not_allowed", status: 405, retryable: false,
        title: "The address does not have this method.",
        explanation: "The `Allow` header lists the methods that the address has.",
    };
    /// Body too slow.
    REQUEST_TIMEOUT = Kind {
        slug: "request-timeout", code: "request_timeout", status: 408, retryable: true,
        title: "The request took too long to arrive.",
        explanation: "The body did not arrive within the time limit. Nothing was done.",
    };
    /// State forbids it.
    CONFLICT = Kind {
        slug: "conflict", code: "conflict", status: 409, retryable: false,
        title: "The current state does not allow this.",
        explanation: "Read the resource again: its state has changed, or never allowed the request.",
    };
    /// Merchant reference used.
    REFERENCE_TAKEN = Kind {
        slug: "reference-taken", code: "reference_taken", status: 409, retryable: false,
        title: "The reference is already in use.",
        explanation: "A `reference` names one resource of an account. `existing_id` is the one that \
                      has it; nothing new was created.",
    };
    /// Same key, other body.
    IDEMPOTENCY_MISMATCH = Kind {
        slug: "idempotency-mismatch", code: "idempotency_mismatch", status: 422, retryable: false,
        title: "The key belongs to a different request.",
        explanation: "An `Idempotency-Key` was used before with another method, address or body. What \
                      it created is unchanged. Use a new key for a new request.",
    };
    /// Not JSON by its own word.
    UNSUPPORTED_MEDIA_TYPE = Kind {
        slug: "unsupported-media-type", code: "unsupported_media_type", status: 415,
        retryable: false,
        title: "The body's type is not supported.",
        explanation: "Send JSON, uncompressed, with `Content-Type: application/json`.",
    };
    /// Body too big.
    PAYLOAD_TOO_LARGE = Kind {
        slug: "payload-too-large", code: "payload_too_large", status: 413, retryable: false,
        title: "The body is too large.",
        explanation: "`limit` is the number of bytes that a body may have. The connection is closed.",
    };
    /// Not now.
    UNAVAILABLE = Kind {
        slug: "unavailable", code: "unavailable", status: 503, retryable: true,
        title: "The service cannot take the request now.",
        explanation: "Too much is being asked of the service, or its database does not answer. Send \
                      the same request again after `Retry-After` seconds, with the same \
                      `Idempotency-Key`.",
    };
    /// Our fault.
    INTERNAL = Kind {
        slug: "internal", code: "internal", status: 500, retryable: false,
        title: "Something is wrong on our side.",
        explanation: "The request ran into a defect. Quote `request_id`: the log has the cause under \
                      it. A request with an `Idempotency-Key` may be repeated safely.",
    };
}
