//! The scenario by the AWS SDK for Rust. usage: scenario NAME   (see ../README.md)

mod failure;
mod identity;
mod kms;
mod objects;
mod policy;
mod versions;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{pool, tls};
use failure::{Failure, Outcome};

/// What the steps share, and what one leaves to the ones after it.
struct Scenario {
    settings: SdkConfig,
    name: String,
    s3: aws_sdk_s3::Client,
    public_s3: aws_sdk_s3::Client,
    sts: aws_sdk_sts::Client,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    marker: String,
    account: String,
    policy: String,
    access_key: String,
    role: String,
    kms_key: String,
    secret: aws_sdk_kms::primitives::Blob,
}

impl Scenario {
    fn new(settings: SdkConfig, name: String) -> Self {
        Self {
            s3: path_style(&settings),
            public_s3: public_address(&settings),
            sts: aws_sdk_sts::Client::new(&settings),
            iam: aws_sdk_iam::Client::new(&settings),
            kms: aws_sdk_kms::Client::new(&settings),
            settings,
            name,
            marker: String::new(),
            account: String::new(),
            policy: String::new(),
            access_key: String::new(),
            role: String::new(),
            kms_key: String::new(),
            secret: Default::default(),
        }
    }
}

/// At AWS's own address by TLS, with the bucket in the host's name: the environment's proxy answers for it.
fn public_address(settings: &SdkConfig) -> aws_sdk_s3::Client {
    let address = "https://s3.us-east-1.amazonaws.com";
    aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(settings).endpoint_url(address).build())
}

fn path_style(settings: &SdkConfig) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(settings).force_path_style(true).build())
}

fn show(step: &str, outcome: Outcome) {
    println!("{step}\t{}", outcome.unwrap_or_else(|failure| failure.text));
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let name = std::env::args().nth(1).expect("a name");
    let connections = pool::ConnectionPool::builder()
        .proxy_config(ProxyConfig::from_env())
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https()
        .map_err(Failure::other)?;
    let http = pool::Client::new(&connections).map_err(Failure::other)?;
    let settings = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let mut scenario = Scenario::new(settings, name);
    objects::run(&scenario).await;
    versions::run(&mut scenario).await;
    identity::run(&mut scenario).await;
    kms::run(&mut scenario).await;
    versions::clean_up(&scenario).await;
    Ok(())
}
