#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "wire/api.h"
#include "wire/call.h"

namespace sagebrush::tagging {

using Tags = std::map<std::string, std::string>;

struct TaggedResource {
  std::string arn;
  Tags tags;
};

// The resources of one service that bear tags. Safe to call from any thread.
class TaggedService {
 public:
  virtual ~TaggedService() = default;

  // As ARNs and type filters call it: "sagemaker".
  virtual std::string_view name() const = 0;
  // Calls `take` for those of an account and region that have tags, in order of their ARNs, beginning behind `after`
  // (an ARN, or empty), until it returns false.
  virtual void ForEach(const std::string& account, const std::string& region, const std::string& after,
                       const std::function<bool(const TaggedResource&)>& take) const = 0;
  // Sets and removes tags of the resource through the service's own operations, as the caller of `call`. Throws their
  // Error; also Error when the ARN names nothing there.
  virtual void Tag(const wire::Api& api, const wire::Call& call, const std::string& arn, const Tags& tags) const = 0;
  virtual void Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
                     const std::vector<std::string>& keys) const = 0;
};

// [{Key, Value}], as most services have tags.
JsonArray ToList(const Tags& tags);
Tags FromList(const JsonArray& list);

}  // namespace sagebrush::tagging
