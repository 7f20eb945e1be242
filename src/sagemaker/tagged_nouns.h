#pragma once

#include "sagemaker/noun.h"
#include "tagging/tagged_service.h"

namespace sagebrush::sagemaker {

// The resources of all nouns that bear tags of their own, for the tagging service.
class TaggedNouns : public tagging::TaggedService {
 public:
  explicit TaggedNouns(const Context& context) : context_(context) {}

  std::string_view name() const override { return "sagemaker"; }
  void ForEach(const std::string& account, const std::string& region, const std::string& after,
               const std::function<bool(const tagging::TaggedResource&)>& take) const override;
  void Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
           const tagging::Tags& tags) const override;
  void Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
             const std::vector<std::string>& keys) const override;

 private:
  const Context& context_;
};

}  // namespace sagebrush::sagemaker
