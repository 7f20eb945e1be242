#include "sagemaker/training/secondary_status.h"

namespace sagebrush::sagemaker {

void RecordTransition(store::Resource& job, const std::string& status, const std::string& message, Time now) {
  JsonObject& object = job.status.as_object();
  object["SecondaryStatus"] = status;  // Before references into the object are taken: a new member moves the others.
  Json& list = object["SecondaryStatusTransitions"];
  if (!list.is_array()) list.emplace_array();
  JsonArray& transitions = list.as_array();
  if (!transitions.empty() && GetString(transitions.back(), "Status") == status) {
    transitions.back().as_object()["StatusMessage"] = message;  // The same phase, told in more detail.
    return;
  }
  if (!transitions.empty()) transitions.back().as_object()["EndTime"] = now.ToEpochSeconds();
  transitions.push_back({{"Status", status}, {"StartTime", now.ToEpochSeconds()}, {"StatusMessage", message}});
}

}  // namespace sagebrush::sagemaker
