//! An HTTP answer, read to its end.

use serde_json::Value;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub text: String,
}

impl Answer {
    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.text);
        parsed.unwrap_or_else(|_| panic!("{} and no JSON: {:?}", self.status, self.text))
    }

    /// The answer, if it has this status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The answer is a complete problem document of this status and code, with a type that says
    /// the same.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], status, "{json}");
        assert_eq!(json["code"], code, "{json}");
        let slug = match code {
            "validation_failed" => "validation".to_owned(),
            other => other.replace('_', "-"),
        };
        assert_eq!(json["type"], format!("/problems/{slug}"), "{json}");
        assert_eq!(json["request_id"].as_str(), self.header("x-request-id"), "{json}");
        assert!(json["request_id"].is_string() && json["title"].is_string(), "{json}");
        assert!(json["detail"].is_string() && json["retryable"].is_boolean(), "{json}");
        assert!(json["instance"].as_str().is_some_and(|path| path.starts_with('/')), "{json}");
        json
    }

    /// The answer says 422 and names this field.
    pub fn names_field(&self, pointer: &str) -> Value {
        let problem = self.problem(422, "validation_failed");
        let errors = problem["errors"].as_array().unwrap();
        let named = errors.iter().any(|error| error["pointer"] == pointer);
        assert!(named, "{pointer} is not named: {problem}");
        assert!(errors.iter().all(|e| e["code"].is_string() && e["detail"].is_string()));
        problem
    }
}
