//! The steps of S3 without versions.

use crate::failure::{Failure, Outcome, refusal_of, refused};
use crate::policy::{deny_all, policy};
use crate::{Scenario, show};
use aws_sdk_s3::Client;
use aws_sdk_s3::client::Waiters;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, CompletedMultipartUpload, CompletedPart, CorsConfiguration, CorsRule, EncryptionType,
    MetadataDirective, PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, Tag, Tagging,
};
use std::io::Read;
use std::time::Duration;

const ODD_KEY: &str = "a b+c/ü?&=#%20/../x";
const ODD_METADATA: &str = r#"a=b; c, "d" (e) ~!#$%&'*+^_`|/\"#;
const PART_SIZE: u64 = 5 * 1024 * 1024;
const CUSTOMER_KEY: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="; // 32 times k
const CUSTOMER_KEY_MD5: &str = "mT2HRsMGJ5IX5C+0rreZ8Q==";

pub async fn run(s: &Scenario) {
    show("s3-create-bucket", s.create_bucket().await);
    show("s3-put", s.put_described().await);
    show("s3-get", s.get_described().await);
    show("s3-head", s.head("hello").await.map(|head| format!("{} {}", head.content_length.unwrap(), head.e_tag.unwrap())));
    show("s3-range", s.range().await);
    show("s3-not-modified", s.text(s.get("hello").if_none_match("\"5d41402abc4b2a76b9719d911017c592\"")).await);
    show("s3-missing-key", refusal_of(s.get("missing").send().await, GetObjectError::is_no_such_key));
    show("s3-head-of-a-missing-key", s.head("missing").await.map(|_| "found".into()));
    show("s3-put-only-if-new", refused(s.put("hello", "other").if_none_match("*").send().await));
    show(
        "s3-put-only-over-the-known",
        refused(s.put("hello", "other").if_match("\"00000000000000000000000000000000\"").send().await),
    );
    show("s3-empty-object", s.empty_object().await);
    show("s3-odd-key", s.odd_key().await);
    show("s3-pages", s.pages().await);
    show("s3-folders", s.folders().await);
    show("s3-multipart", s.multipart().await);
    show("s3-stream-of-unknown-length", s.stream_of_unknown_length().await);
    show("s3-presigned-put-and-get", s.presigned().await);
    show("s3-copy", s.copy().await);
    show("s3-tags", s.tags().await);
    show("s3-virtual-host", s.text(s.get_by(&s.public_s3, "hello")).await);
    show("s3-bucket-policy", s.bucket_policy().await);
    show("s3-public-access-block", s.public_access_block().await);
    show("s3-cors", s.cors().await);
    show("s3-encrypted-by-s3", s.encrypted_by_s3().await);
    show("s3-encrypted-by-the-customer", s.encrypted_by_the_customer().await);
}

impl Scenario {
    pub fn put(&self, key: &str, body: &'static str) -> PutObjectFluentBuilder {
        self.s3.put_object().bucket(&self.name).key(key).body(body.as_bytes().to_vec().into())
    }

    pub fn get(&self, key: &str) -> GetObjectFluentBuilder {
        self.get_by(&self.s3, key)
    }

    pub fn get_by(&self, client: &Client, key: &str) -> GetObjectFluentBuilder {
        client.get_object().bucket(&self.name).key(key)
    }

    pub async fn text(&self, request: GetObjectFluentBuilder) -> Outcome {
        let bytes = request.send().await?.body.collect().await.map_err(Failure::other)?;
        String::from_utf8(bytes.to_vec()).map_err(Failure::other)
    }

    pub async fn text_of(&self, key: &str) -> Outcome {
        self.text(self.get(key)).await
    }

    pub async fn head(&self, key: &str) -> Result<HeadObjectOutput, Failure> {
        Ok(self.s3.head_object().bucket(&self.name).key(key).send().await?)
    }

    async fn create_bucket(&self) -> Outcome {
        self.s3.create_bucket().bucket(&self.name).send().await?;
        let wait = self.s3.wait_until_bucket_exists().bucket(&self.name);
        wait.wait(Duration::from_secs(10)).await.map_err(Failure::other)?;
        Ok(self.s3.head_bucket().bucket(&self.name).send().await?.bucket_region.unwrap())
    }

    async fn put_described(&self) -> Outcome {
        let request = self.put("hello", "hello").content_type("text/plain").cache_control("no-cache");
        Ok(request.metadata("odd", ODD_METADATA).send().await?.e_tag.unwrap())
    }

    async fn get_described(&self) -> Outcome {
        let got = self.get("hello").send().await?;
        let described = [got.content_type.unwrap(), got.cache_control.unwrap(), got.metadata.unwrap()["odd"].clone()].join(" ");
        let body = got.body.collect().await.map_err(Failure::other)?.to_vec();
        Ok(format!("{} {described}", String::from_utf8_lossy(&body)))
    }

    async fn range(&self) -> Outcome {
        let got = self.get("hello").range("bytes=1-3").send().await?;
        let range = got.content_range.unwrap();
        let body = got.body.collect().await.map_err(Failure::other)?.to_vec();
        Ok(format!("{} {range}", String::from_utf8_lossy(&body)))
    }

    async fn empty_object(&self) -> Outcome {
        self.put("empty", "").send().await?;
        Ok(format!("{}{}", self.head("empty").await?.content_length.unwrap(), self.text_of("empty").await?))
    }

    async fn odd_key(&self) -> Outcome {
        self.put(ODD_KEY, "odd").send().await?;
        let listed = self.s3.list_objects_v2().bucket(&self.name).prefix("a b+c/").send().await?;
        let mut words = vec![self.text_of(ODD_KEY).await?];
        words.extend(listed.contents.unwrap_or_default().into_iter().map(|entry| entry.key.unwrap()));
        Ok(words.join(" "))
    }

    async fn pages(&self) -> Outcome {
        for number in 0..5 {
            self.put(&format!("page/{number}"), "").send().await?;
        }
        let mut pages = self.s3.list_objects_v2().bucket(&self.name).prefix("page/").into_paginator().page_size(2).send();
        let (mut entries, mut count) = (0, 0);
        while let Some(page) = pages.next().await {
            entries += page?.contents().len();
            count += 1;
        }
        Ok(format!("{entries} in {count}"))
    }

    async fn folders(&self) -> Outcome {
        let listed = self.s3.list_objects_v2().bucket(&self.name).delimiter("/").send().await?;
        let folders = listed.common_prefixes().iter().filter_map(|folder| folder.prefix());
        Ok(folders.chain(listed.contents().iter().filter_map(|entry| entry.key())).collect::<Vec<_>>().join(" "))
    }

    async fn multipart(&self) -> Outcome {
        self.upload_in_parts("parts", std::io::repeat(b'a').take(PART_SIZE).chain(&b"b"[..])).await?;
        let second = self.s3.head_object().bucket(&self.name).key("parts").part_number(2).send().await?;
        let text = self.text(self.get("parts").part_number(2)).await?;
        Ok(format!("{} {} {text}", second.parts_count.unwrap(), second.content_range.unwrap()))
    }

    /// The SDK has nothing of its own for it but the operations.
    async fn stream_of_unknown_length(&self) -> Outcome {
        self.upload_in_parts("stream", std::io::repeat(b's').take(PART_SIZE + 3)).await?;
        Ok(self.head("stream").await?.content_length.unwrap().to_string())
    }

    async fn upload_in_parts(&self, key: &str, mut stream: impl Read) -> Result<(), Failure> {
        let created = self.s3.create_multipart_upload().bucket(&self.name).key(key).send().await?;
        let upload = created.upload_id.unwrap();
        let mut parts = Vec::new();
        loop {
            let mut body = Vec::new();
            stream.by_ref().take(PART_SIZE).read_to_end(&mut body).map_err(Failure::other)?;
            if body.is_empty() {
                break;
            }
            let number = parts.len() as i32 + 1;
            let request = self.s3.upload_part().bucket(&self.name).key(key).upload_id(&upload).part_number(number);
            let part = request.body(body.into()).send().await?;
            let done = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag).set_checksum_crc32(part.checksum_crc32);
            parts.push(done.build());
        }
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self.s3.complete_multipart_upload().bucket(&self.name).key(key).upload_id(&upload);
        request.multipart_upload(all).send().await?;
        Ok(())
    }

    async fn presigned(&self) -> Outcome {
        let valid = PresigningConfig::expires_in(Duration::from_secs(60)).map_err(Failure::other)?;
        let put = self.s3.put_object().bucket(&self.name).key("pre signed").presigned(valid.clone()).await?;
        minreq::put(put.uri()).with_body("by plain HTTP").send().map_err(Failure::other)?;
        let get = self.get("pre signed").presigned(valid).await?;
        let reply = minreq::get(get.uri()).send().map_err(Failure::other)?;
        Ok(reply.as_str().map_err(Failure::other)?.into())
    }

    async fn copy(&self) -> Outcome {
        let copy = || self.s3.copy_object().bucket(&self.name).copy_source(format!("{}/hello", self.name));
        copy().key("copy").send().await?;
        copy().key("changed").metadata_directive(MetadataDirective::Replace).metadata("odd", "new").send().await?;
        let odd = |head: HeadObjectOutput| head.metadata.unwrap()["odd"].clone();
        Ok(format!("{} {}", odd(self.head("copy").await?), odd(self.head("changed").await?)))
    }

    async fn tags(&self) -> Outcome {
        let tag = Tag::builder().key("team").value("a+b = c/d").build().map_err(Failure::other)?;
        let tags = Tagging::builder().tag_set(tag).build().map_err(Failure::other)?;
        self.s3.put_object_tagging().bucket(&self.name).key("hello").tagging(tags).send().await?;
        let got = self.s3.get_object_tagging().bucket(&self.name).key("hello").send().await?;
        Ok(format!("{}: {}", got.tag_set[0].key, got.tag_set[0].value))
    }

    async fn bucket_policy(&self) -> Outcome {
        let document = policy(&[deny_all("s3:GetObject", &format!("arn:aws:s3:::{}/secret", self.name))]);
        self.s3.put_bucket_policy().bucket(&self.name).policy(document).send().await?;
        self.put("secret", "secret").send().await?;
        let before = refused(self.get("secret").send().await).unwrap_or_else(|failure| failure.text);
        self.s3.delete_bucket_policy().bucket(&self.name).send().await?;
        Ok(format!("{before}, {}", self.text_of("secret").await?))
    }

    async fn public_access_block(&self) -> Outcome {
        let block = PublicAccessBlockConfiguration::builder().block_public_acls(true).ignore_public_acls(false);
        let block = block.block_public_policy(true).restrict_public_buckets(false).build();
        self.s3.put_public_access_block().bucket(&self.name).public_access_block_configuration(block).send().await?;
        let got = self.s3.get_public_access_block().bucket(&self.name).send().await?;
        let block = got.public_access_block_configuration.unwrap();
        Ok(format!("{} {}", block.block_public_policy.unwrap(), block.restrict_public_buckets.unwrap()))
    }

    async fn cors(&self) -> Outcome {
        let rule = CorsRule::builder().allowed_methods("GET").allowed_origins("https://example.com").max_age_seconds(60);
        let rule = rule.build().map_err(Failure::other)?;
        let rules = CorsConfiguration::builder().cors_rules(rule).build().map_err(Failure::other)?;
        self.s3.put_bucket_cors().bucket(&self.name).cors_configuration(rules).send().await?;
        let rule = self.s3.get_bucket_cors().bucket(&self.name).send().await?.cors_rules.unwrap().remove(0);
        Ok(format!("{} {} {}", rule.allowed_methods[0], rule.allowed_origins[0], rule.max_age_seconds.unwrap()))
    }

    async fn encrypted_by_s3(&self) -> Outcome {
        self.put("sse-s3", "by S3").server_side_encryption(ServerSideEncryption::Aes256).send().await?;
        let head = self.head("sse-s3").await?;
        Ok(format!("{} {}", head.server_side_encryption.unwrap().as_str(), self.text_of("sse-s3").await?))
    }

    async fn encrypted_by_the_customer(&self) -> Outcome {
        // New buckets take no such keys.
        let blocked = BlockedEncryptionTypes::builder().encryption_type(EncryptionType::None).build();
        let rule = ServerSideEncryptionRule::builder().blocked_encryption_types(blocked).build();
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(Failure::other)?;
        self.s3.put_bucket_encryption().bucket(&self.name).server_side_encryption_configuration(rules).send().await?;
        let put = self.public_s3.put_object().bucket(&self.name).key("sse-c").body(b"by the customer".to_vec().into());
        let put = put.sse_customer_algorithm("AES256");
        put.sse_customer_key(CUSTOMER_KEY).sse_customer_key_md5(CUSTOMER_KEY_MD5).send().await?;
        let get = self.get_by(&self.public_s3, "sse-c").sse_customer_algorithm("AES256");
        let text = self.text(get.sse_customer_key(CUSTOMER_KEY).sse_customer_key_md5(CUSTOMER_KEY_MD5)).await?;
        let without = refused(self.get("sse-c").send().await).unwrap_or_else(|failure| failure.text);
        Ok(format!("{text}, {without}"))
    }
}
