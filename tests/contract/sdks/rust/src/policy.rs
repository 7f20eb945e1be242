//! Policies as text.

pub fn policy(statements: &[String]) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
}

pub fn allow(actions: &[&str]) -> String {
    format!(r#"{{"Effect": "Allow", "Action": {actions:?}, "Resource": "*"}}"#)
}

pub fn deny(action: &str) -> String {
    format!(r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "*"}}"#)
}

pub fn deny_all(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Deny", "Principal": "*", "Action": "{action}", "Resource": "{resource}"}}"#)
}

pub fn trust(account: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{account}:root"}}, "Action": "sts:AssumeRole"}}"#)
}
