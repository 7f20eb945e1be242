#pragma once

#include "store/store.h"
#include "tagging/tagged_service.h"

namespace sagebrush::parameters {

// Parameters, for the tagging service.
class TaggedParameters : public tagging::TaggedService {
 public:
  explicit TaggedParameters(const store::Reader& store) : store_(store) {}

  std::string_view name() const override { return "ssm"; }
  void ForEach(const std::string& account, const std::string& region, const std::string& after,
               const std::function<bool(const tagging::TaggedResource&)>& take) const override;
  void Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
           const tagging::Tags& tags) const override;
  void Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
             const std::vector<std::string>& keys) const override;

 private:
  const store::Reader& store_;
};

}  // namespace sagebrush::parameters
