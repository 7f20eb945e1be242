//! The steps of KMS.

use crate::failure::{Outcome, refusal_of, refused};
use crate::{Scenario, show};
use aws_sdk_kms::operation::describe_key::DescribeKeyError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeySpec, KeySpec, KeyUsageType, SigningAlgorithmSpec};
use aws_sdk_s3::types::ServerSideEncryption;

pub async fn run(s: &mut Scenario) {
    show("kms-create-key", s.create_key().await);
    show("kms-alias", s.key_alias().await);
    show("kms-encrypt-and-decrypt", s.encrypt_and_decrypt().await);
    let other = s.kms.decrypt().ciphertext_blob(s.secret.clone()).encryption_context("purpose", "other");
    show("kms-wrong-context", refused(other.send().await));
    show("kms-data-key", s.data_key().await);
    show("kms-sign-and-verify", s.sign_and_verify().await);
    let missing = s.kms.describe_key().key_id("00000000-0000-0000-0000-000000000000").send().await;
    show("kms-missing-key", refusal_of(missing, DescribeKeyError::is_not_found_exception));
    show("kms-encrypts-an-object", s.encrypts_an_object().await);
    show("kms-schedule-deletion", s.schedule_deletion().await);
}

impl Scenario {
    fn alias_name(&self) -> String {
        format!("alias/{}", self.name)
    }

    async fn create_key(&mut self) -> Outcome {
        let key = self.kms.create_key().description(&self.name).send().await?.key_metadata.unwrap();
        self.kms_key = key.key_id;
        Ok([key.key_spec.unwrap().as_str(), key.key_usage.unwrap().as_str(), key.key_state.unwrap().as_str()].join(" "))
    }

    async fn key_alias(&self) -> Outcome {
        self.kms.create_alias().alias_name(self.alias_name()).target_key_id(&self.kms_key).send().await?;
        let described = self.kms.describe_key().key_id(self.alias_name()).send().await?;
        Ok((described.key_metadata.unwrap().key_id == self.kms_key).to_string())
    }

    async fn encrypt_and_decrypt(&mut self) -> Outcome {
        let encrypt = self.kms.encrypt().key_id(self.alias_name()).plaintext(Blob::new("a secret"));
        let encrypted = encrypt.encryption_context("purpose", "scenario").encryption_context("ü", "a b").send().await?;
        self.secret = encrypted.ciphertext_blob.unwrap();
        let decrypt = self.kms.decrypt().ciphertext_blob(self.secret.clone());
        let opened = decrypt.encryption_context("purpose", "scenario").encryption_context("ü", "a b").send().await?;
        Ok(String::from_utf8_lossy(opened.plaintext.unwrap().as_ref()).into_owned())
    }

    async fn data_key(&self) -> Outcome {
        let key = self.kms.generate_data_key().key_id(&self.kms_key).key_spec(DataKeySpec::Aes256).send().await?;
        let opened = self.kms.decrypt().set_ciphertext_blob(key.ciphertext_blob).send().await?;
        let plaintext = key.plaintext.unwrap();
        Ok(format!("{} {}", plaintext.as_ref().len(), opened.plaintext.unwrap() == plaintext))
    }

    async fn sign_and_verify(&self) -> Outcome {
        let create = self.kms.create_key().key_spec(KeySpec::EccNistP256).key_usage(KeyUsageType::SignVerify);
        let key = create.send().await?.key_metadata.unwrap().key_id;
        let algorithm = SigningAlgorithmSpec::EcdsaSha256;
        let sign = self.kms.sign().key_id(&key).message(Blob::new("a message")).signing_algorithm(algorithm.clone());
        let signature = sign.send().await?.signature.unwrap();
        let verify = |message: &str| {
            let request = self.kms.verify().key_id(&key).message(Blob::new(message)).signature(signature.clone());
            request.signing_algorithm(algorithm.clone()).send()
        };
        let valid = verify("a message").await?.signature_valid;
        let other = refused(verify("another").await).unwrap_or_else(|failure| failure.text);
        self.kms.schedule_key_deletion().key_id(&key).pending_window_in_days(7).send().await?;
        Ok(format!("{valid}, {other}"))
    }

    async fn encrypts_an_object(&self) -> Outcome {
        let put = self.put("sse-kms", "by KMS").server_side_encryption(ServerSideEncryption::AwsKms);
        put.ssekms_key_id(&self.kms_key).bucket_key_enabled(true).send().await?;
        let head = self.head("sse-kms").await?;
        let same = head.ssekms_key_id.unwrap().ends_with(&self.kms_key);
        Ok(format!("{} {same} {}", head.server_side_encryption.unwrap().as_str(), self.text_of("sse-kms").await?))
    }

    async fn schedule_deletion(&self) -> Outcome {
        self.kms.delete_alias().alias_name(self.alias_name()).send().await?;
        self.kms.schedule_key_deletion().key_id(&self.kms_key).pending_window_in_days(7).send().await?;
        refused(self.kms.encrypt().key_id(&self.kms_key).plaintext(Blob::new("too late")).send().await)
    }
}
