#pragma once

#include "base/mutex.h"
#include "objects/object_store.h"
#include "tagging/tagged_service.h"

namespace sagebrush::objects {

// Buckets, for the tagging service; objects' tags are not its business.
class TaggedBuckets : public tagging::TaggedService {
 public:
  explicit TaggedBuckets(const ObjectStore& store) : store_(store) {}

  std::string_view name() const override { return "s3"; }
  void ForEach(const std::string& account, const std::string& region, const std::string& after,
               const std::function<bool(const tagging::TaggedResource&)>& take) const override;
  void Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
           const tagging::Tags& tags) const override;
  void Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
             const std::vector<std::string>& keys) const override;

 private:
  void Change(const wire::Api& api, const wire::Call& call, const std::string& arn,
              const std::function<void(tagging::Tags&)>& change) const;

  const ObjectStore& store_;
  mutable Mutex changing_;  // S3 replaces a bucket's tags as a whole: one change of ours after the other.
};

}  // namespace sagebrush::objects
