#pragma once

#include "tagging/tagged_service.h"
#include "telemetry/log_store.h"

namespace sagebrush::telemetry {

// Log groups, for the tagging service.
class TaggedLogGroups : public tagging::TaggedService {
 public:
  explicit TaggedLogGroups(LogStore& logs) : logs_(logs) {}

  std::string_view name() const override { return "logs"; }
  void ForEach(const std::string& account, const std::string& region, const std::string& after,
               const std::function<bool(const tagging::TaggedResource&)>& take) const override;
  void Tag(const wire::Api& api, const wire::Call& call, const std::string& arn,
           const tagging::Tags& tags) const override;
  void Untag(const wire::Api& api, const wire::Call& call, const std::string& arn,
             const std::vector<std::string>& keys) const override;

 private:
  LogStore& logs_;
};

}  // namespace sagebrush::telemetry
