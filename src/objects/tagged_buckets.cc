#include "objects/tagged_buckets.h"

#include "base/arn.h"
#include "objects/errors.h"

namespace sagebrush::objects {
namespace {

constexpr std::string_view kArn = "arn:aws:s3:::";

}  // namespace

void TaggedBuckets::ForEach(const std::string& account, const std::string& region, const std::string& after,
                            const std::function<bool(const tagging::TaggedResource&)>& take) const {
  for (const auto& bucket : store_.Buckets()) {
    const std::string arn = std::string(kArn) + bucket->name;
    if (bucket->account != account || bucket->region != region || bucket->tags.empty() || arn <= after) continue;
    if (!take({arn, tagging::Tags(bucket->tags.begin(), bucket->tags.end())})) return;
  }
}

void TaggedBuckets::Change(const wire::Api& api, const wire::Call& call, const std::string& arn,
                           const std::function<void(tagging::Tags&)>& change) const {
  if (!arn.starts_with(kArn) || arn.find('/') != std::string::npos) {
    throw Error(kValidation, arn + " is not the ARN of a bucket.");
  }
  const std::string name = arn.substr(kArn.size());
  const MutexLock lock(changing_);
  const auto bucket = store_.FindBucket(name);
  tagging::Tags tags;
  if (bucket != nullptr) tags.insert(bucket->tags.begin(), bucket->tags.end());
  change(tags);
  const Json tagging = {{"TagSet", tagging::ToList(tags)}};
  api.Call(call.principal, call.region, "s3", tags.empty() ? "DeleteBucketTagging" : "PutBucketTagging",
           tags.empty() ? Json{{"Bucket", name}} : Json{{"Bucket", name}, {"Tagging", tagging}}, call.stop);
}

void TaggedBuckets::Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                        const tagging::Tags& added) const {
  Change(api, call, arn, [&](tagging::Tags& tags) {
    for (const auto& [key, value] : added) tags[key] = value;
  });
}

void TaggedBuckets::Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                          const std::vector<std::string>& keys) const {
  Change(api, call, arn, [&](tagging::Tags& tags) {
    for (const std::string& key : keys) tags.erase(key);
  });
}

}  // namespace sagebrush::objects
