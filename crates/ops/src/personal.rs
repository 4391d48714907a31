//! What a dead letter shows of its body: enough to judge it, without anybody's address.

use runtime::mask::{mask_email, mask_phone};
use serde_json::Value;

/// The body as JSON, or as text where it is none, with personal data masked.
pub(crate) fn masked(body: &str) -> Value {
    let mut value = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body));
    mask("", &mut value);
    value
}

fn mask(field: &str, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                mask(name, inner);
            }
        }
        // A list's members are what the list is.
        Value::Array(members) => members.iter_mut().for_each(|member| mask(field, member)),
        Value::String(text) => *text = masked_text(field, text),
        _ => {}
    }
}

fn masked_text(field: &str, text: &str) -> String {
    match field {
        "email" => mask_email(text),
        "phone" => mask_phone(text),
        "customer_name" => "***".to_owned(),
        // Wherever else an address turns up: in a reason, or in a text that is no JSON.
        _ if text.contains('@') => text
            .split_inclusive(char::is_whitespace)
            .map(|word| if word.contains('@') { "*** " } else { word })
            .collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_keeps_its_shape_and_loses_the_person() {
        let body = json!({ "id": "7", "data": {
            "email": "budi@example.com", "customer_name": "Budi", "phone": "+628123456789",
            "total_amount": 185_000, "lines": [{ "sku": "K", "name": "Kopi" }],
        }});
        let expected = json!({ "id": "7", "data": {
            "email": "b***@example.com", "customer_name": "***", "phone": "***789",
            "total_amount": 185_000, "lines": [{ "sku": "K", "name": "Kopi" }],
        }});
        assert_eq!(masked(&body.to_string()), expected);
    }

    #[test]
    fn what_is_no_json_is_text_without_addresses() {
        assert_eq!(masked("{ broken <budi@example.com> x"), json!("{ broken *** x"));
        assert_eq!(masked(""), json!(""));
    }
}
