//! What a step ends with.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use std::fmt::Debug;

pub type Outcome = Result<String, Failure>;

/// A refusal as the scenario writes it: "NoSuchKey 404", only the status of an answer without a body.
#[derive(Debug)]
pub struct Failure {
    pub text: String,
}

impl Failure {
    pub fn other(error: impl Debug) -> Self {
        Self { text: format!("{error:?}") }
    }
}

impl<E: ProvideErrorMetadata + Debug> From<SdkError<E, HttpResponse>> for Failure {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let code = error.as_service_error().and_then(|service| service.code());
        let text = match (error.raw_response(), code) {
            (Some(answer), None | Some("NotFound")) => answer.status().to_string(),
            (Some(answer), Some(code)) => format!("{code} {}", answer.status()),
            (None, _) => format!("{error:?}"),
        };
        Self { text }
    }
}

/// What a call was refused with, if that is the error that `kind` knows.
pub fn refusal_of<T, E>(answer: Result<T, SdkError<E, HttpResponse>>, kind: fn(&E) -> bool) -> Outcome
where
    E: ProvideErrorMetadata + Debug,
{
    match answer {
        Ok(_) => Ok("not refused".into()),
        Err(error) if error.as_service_error().is_some_and(kind) => Ok(Failure::from(error).text),
        Err(error) => Ok(format!("another error than it should be: {error:?}")),
    }
}

/// What the call is refused with, or that it is not.
pub fn refused<T, E>(answer: Result<T, SdkError<E, HttpResponse>>) -> Outcome
where
    E: ProvideErrorMetadata + Debug,
{
    answer?;
    Ok("not refused".into())
}
