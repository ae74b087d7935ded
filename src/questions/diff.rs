//! The differences between a revision of a question and the one before.

use serde_json::Value;

use super::{filed::Filed, messages::Difference, model::Content};
use crate::error::Error;

/// The content of a question as JSON, for comparison.
pub fn of_content(content: &Content) -> Result<Value, Error> {
    serde_json::to_value(content).map_err(|error| Error::Internal(format!("diff: {error}")))
}

/// All fields that an author writes as JSON, for comparison.
pub fn compared(filed: &Filed) -> Result<Value, Error> {
    let mut value = of_content(&filed.content())?;
    if let Value::Object(fields) = &mut value {
        fields.insert("domain".into(), filed.domain.into());
        fields.insert("task".into(), filed.task.clone().into());
    }
    Ok(value)
}

/// The fields that differ, as JSON Pointers with the old and the new value. Lists are compared item by item.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(before, after, String::new(), &mut found);
    found
}

fn compare(before: &Value, after: &Value, pointer: String, found: &mut Vec<Difference>) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let of = |fields: &serde_json::Map<String, Value>| fields.get(key).cloned().unwrap_or_default();
                compare(&of(old), &of(new), format!("{pointer}/{key}"), found);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for index in 0..old.len().max(new.len()) {
                let of = |items: &[Value]| items.get(index).cloned().unwrap_or_default();
                compare(&of(old), &of(new), format!("{pointer}/{index}"), found);
            }
        }
        (old, new) if old == new => {}
        (old, new) => found.push(Difference { pointer, before: old.clone(), after: new.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_differences_are_reported_with_their_location() {
        let before = json!({"stem": "Which?", "tags": ["a", "b"], "answers": [{"body": "x"}, {"body": "y"}]});
        let after =
            json!({"stem": "Which one?", "tags": ["a"], "answers": [{"body": "x"}, {"body": "z"}, {"body": "n"}]});
        let found = differences(&before, &after);
        let told: Vec<(&str, &Value, &Value)> = found.iter().map(|d| (&*d.pointer, &d.before, &d.after)).collect();
        assert_eq!(
            told,
            [
                ("/answers/1/body", &json!("y"), &json!("z")),
                ("/answers/2", &json!(null), &json!({"body": "n"})),
                ("/stem", &json!("Which?"), &json!("Which one?")),
                ("/tags/1", &json!("b"), &json!(null)),
            ]
        );
        assert_eq!(differences(&before, &before), []);
    }
}
