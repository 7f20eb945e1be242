//! The steps of STS and IAM.

use crate::failure::{Failure, Outcome, refusal_of, refused};
use crate::policy::{allow, deny, policy, trust};
use crate::{Scenario, path_style, show};
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::operation::get_user::GetUserError;
use aws_sdk_iam::types::Tag;
use aws_sdk_sts::Client;

pub async fn run(s: &mut Scenario) {
    show("sts-caller-identity", s.caller_identity().await);
    show("sts-at-the-public-address", s.at_the_public_address().await);
    show("sts-session-token", s.session_token().await);
    show("sts-wrong-secret", s.wrong_secret().await);
    show("iam-create-policy", s.create_policy().await);
    show("iam-malformed-policy", s.malformed_policy().await);
    show("iam-create-user", s.create_user().await);
    show("iam-access-key-at-once", s.access_key_at_once().await);
    show("iam-create-role", s.create_role().await);
    show("sts-assume-role-with-a-session-policy", s.assume_role().await);
    show("iam-pages", s.user_pages().await);
    show("iam-group", s.group().await);
    let missing = s.iam.get_user().user_name(format!("{}-missing", s.name)).send().await;
    show("iam-missing-user", refusal_of(missing, GetUserError::is_no_such_entity_exception));
    show("iam-delete-what-is-in-use", refused(s.iam.delete_user().user_name(&s.name).send().await));
    show("iam-clean-up", s.clean_up_identities().await);
}

async fn arn_of(client: Client) -> Outcome {
    Ok(client.get_caller_identity().send().await?.arn.unwrap())
}

fn session(keys: &aws_sdk_sts::types::Credentials) -> Credentials {
    Credentials::new(&keys.access_key_id, &keys.secret_access_key, Some(keys.session_token.clone()), None, "session")
}

impl Scenario {
    /// The settings of clients with other keys than the environment's.
    fn with_keys(&self, keys: Credentials) -> SdkConfig {
        self.settings.to_builder().credentials_provider(SharedCredentialsProvider::new(keys)).build()
    }

    /// What of reading and writing in the bucket succeeds with these keys.
    async fn read_and_write(&self, keys: Credentials) -> Outcome {
        let s3 = path_style(&self.with_keys(keys));
        let body = b"by another".to_vec().into();
        let written = refused(s3.put_object().bucket(&self.name).key("hello").body(body).send().await);
        let text = self.text(self.get_by(&s3, "hello")).await?;
        Ok(format!("{text}, {}", written.unwrap_or_else(|failure| failure.text)))
    }

    async fn caller_identity(&mut self) -> Outcome {
        let caller = self.sts.get_caller_identity().send().await?;
        self.account = caller.account.unwrap();
        Ok(caller.arn.unwrap())
    }

    async fn at_the_public_address(&self) -> Outcome {
        let settings = aws_sdk_sts::config::Builder::from(&self.settings).endpoint_url("https://sts.us-east-1.amazonaws.com");
        arn_of(Client::from_conf(settings.build())).await
    }

    async fn session_token(&self) -> Outcome {
        let keys = self.sts.get_session_token().duration_seconds(900).send().await?.credentials.unwrap();
        arn_of(Client::new(&self.with_keys(session(&keys)))).await
    }

    async fn wrong_secret(&self) -> Outcome {
        let id = std::env::var("AWS_ACCESS_KEY_ID").map_err(Failure::other)?;
        arn_of(Client::new(&self.with_keys(Credentials::new(id, "wrong", None, None, "wrong")))).await
    }

    async fn create_policy(&mut self) -> Outcome {
        let list_only = policy(&[allow(&["s3:ListBucket"])]);
        let created = self.iam.create_policy().policy_name(&self.name).policy_document(list_only).send().await?;
        self.policy = created.policy.unwrap().arn.unwrap();
        let both = policy(&[allow(&["s3:ListBucket", "s3:GetObject"])]);
        let version = self.iam.create_policy_version().policy_arn(&self.policy).policy_document(both);
        version.set_as_default(true).send().await?;
        let listed = self.iam.list_policy_versions().policy_arn(&self.policy).send().await?;
        let mut words = Vec::new();
        for version in listed.versions() {
            words.push(version.version_id().unwrap());
            if version.is_default_version() {
                words.push("default");
            }
        }
        Ok(words.join(" "))
    }

    async fn malformed_policy(&self) -> Outcome {
        let document = r#"{"Version": "2012-10-17", "Statement": "none"}"#;
        refused(self.iam.create_policy().policy_name(format!("{}-malformed", self.name)).policy_document(document).send().await)
    }

    async fn create_user(&self) -> Outcome {
        let tag = Tag::builder().key("team").value("ü").build().map_err(Failure::other)?;
        let created = self.iam.create_user().user_name(&self.name).path("/scenario/").tags(tag).send().await?;
        self.iam.attach_user_policy().user_name(&self.name).policy_arn(&self.policy).send().await?;
        let attached = self.iam.list_attached_user_policies().user_name(&self.name).send().await?;
        Ok(format!("{} {}", created.user.unwrap().arn, attached.attached_policies()[0].policy_name().unwrap()))
    }

    async fn access_key_at_once(&mut self) -> Outcome {
        let key = self.iam.create_access_key().user_name(&self.name).send().await?.access_key.unwrap();
        self.access_key = key.access_key_id.clone();
        self.read_and_write(Credentials::new(key.access_key_id, key.secret_access_key, None, None, "user")).await
    }

    async fn create_role(&mut self) -> Outcome {
        let trusted = policy(&[trust(&self.account)]);
        let created = self.iam.create_role().role_name(&self.name).assume_role_policy_document(trusted).send().await?;
        self.role = created.role.unwrap().arn;
        let everything = policy(&[allow(&["s3:*"])]);
        self.iam.put_role_policy().role_name(&self.name).policy_name("inline").policy_document(everything).send().await?;
        Ok(self.role.clone())
    }

    async fn assume_role(&self) -> Outcome {
        let narrow = policy(&[allow(&["s3:*"]), deny("s3:PutObject")]);
        let request = self.sts.assume_role().role_arn(&self.role).role_session_name("scenario").policy(narrow);
        self.read_and_write(session(&request.send().await?.credentials.unwrap())).await
    }

    async fn user_pages(&self) -> Outcome {
        let path = format!("/{}/", self.name);
        for number in 0..3 {
            self.iam.create_user().user_name(format!("{}-{number}", self.name)).path(&path).send().await?;
        }
        let mut pages = self.iam.list_users().path_prefix(&path).into_paginator().page_size(2).send();
        let (mut users, mut count) = (0, 0);
        while let Some(page) = pages.next().await {
            users += page?.users().len();
            count += 1;
        }
        Ok(format!("{users} in {count}"))
    }

    async fn group(&self) -> Outcome {
        self.iam.create_group().group_name(&self.name).send().await?;
        self.iam.add_user_to_group().group_name(&self.name).user_name(&self.name).send().await?;
        Ok(self.iam.list_groups_for_user().user_name(&self.name).send().await?.groups.remove(0).arn)
    }

    async fn clean_up_identities(&self) -> Outcome {
        let (iam, name) = (&self.iam, &self.name);
        iam.remove_user_from_group().group_name(name).user_name(name).send().await?;
        iam.delete_group().group_name(name).send().await?;
        iam.delete_access_key().user_name(name).access_key_id(&self.access_key).send().await?;
        iam.detach_user_policy().user_name(name).policy_arn(&self.policy).send().await?;
        for user in ["", "-0", "-1", "-2"].map(|suffix| format!("{name}{suffix}")) {
            iam.delete_user().user_name(user).send().await?;
        }
        iam.delete_role_policy().role_name(name).policy_name("inline").send().await?;
        iam.delete_role().role_name(name).send().await?;
        iam.delete_policy_version().policy_arn(&self.policy).version_id("v1").send().await?;
        iam.delete_policy().policy_arn(&self.policy).send().await?;
        Ok("ok".into())
    }
}
