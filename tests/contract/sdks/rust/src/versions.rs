//! The steps of S3 with versions, and the last ones: the bucket goes with all that is in it.

use crate::failure::{Failure, Outcome, refused};
use crate::{Scenario, show};
use aws_sdk_s3::client::Waiters;
use aws_sdk_s3::types::{BucketVersioningStatus, Delete, ObjectIdentifier, VersioningConfiguration};
use std::time::Duration;

pub async fn run(s: &mut Scenario) {
    show("s3-versions", s.versions().await);
    show("s3-delete-marker", s.delete_marker().await);
    show("s3-list-versions", s.list_versions().await);
    show("s3-undelete", s.undelete().await);
}

pub async fn clean_up(s: &Scenario) {
    show("s3-delete-a-full-bucket", refused(s.s3.delete_bucket().bucket(&s.name).send().await));
    show("s3-delete-all-versions", s.delete_all_versions().await);
}

impl Scenario {
    async fn versions(&self) -> Outcome {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        self.s3.put_bucket_versioning().bucket(&self.name).versioning_configuration(enabled).send().await?;
        let first = self.put("versions", "first").send().await?.version_id.unwrap();
        self.put("versions", "second").send().await?;
        Ok(format!("{} {}", self.text_of("versions").await?, self.text(self.get("versions").version_id(first)).await?))
    }

    async fn delete_marker(&mut self) -> Outcome {
        let deleted = self.s3.delete_object().bucket(&self.name).key("versions").send().await?;
        self.marker = deleted.version_id.unwrap_or_default();
        self.text_of("versions").await
    }

    async fn list_versions(&self) -> Outcome {
        let listed = self.s3.list_object_versions().bucket(&self.name).prefix("versions").send().await?;
        Ok(format!("{} versions, {} marker", listed.versions().len(), listed.delete_markers().len()))
    }

    async fn undelete(&self) -> Outcome {
        self.s3.delete_object().bucket(&self.name).key("versions").version_id(&self.marker).send().await?;
        self.text_of("versions").await
    }

    async fn delete_all_versions(&self) -> Outcome {
        let listed = self.s3.list_object_versions().bucket(&self.name).send().await?;
        let versions = listed.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = listed.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let identifier = |(key, version): (Option<&str>, Option<&str>)| {
            ObjectIdentifier::builder().set_key(key.map(Into::into)).set_version_id(version.map(Into::into)).build()
        };
        let objects = versions.chain(markers).map(identifier).collect::<Result<_, _>>().map_err(Failure::other)?;
        let delete = Delete::builder().set_objects(Some(objects)).build().map_err(Failure::other)?;
        let deleted = self.s3.delete_objects().bucket(&self.name).delete(delete).send().await?;
        if let Some(failed) = deleted.errors().first() {
            return Err(Failure::other(failed));
        }
        self.s3.delete_bucket().bucket(&self.name).send().await?;
        let wait = self.s3.wait_until_bucket_not_exists().bucket(&self.name);
        wait.wait(Duration::from_secs(10)).await.map_err(Failure::other)?;
        refused(self.s3.head_bucket().bucket(&self.name).send().await)
    }
}
