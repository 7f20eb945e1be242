#include "events/event.h"

#include "base/id.h"

namespace sagebrush::events {

Json DocumentOf(const Event& event) {
  return {{"version", "0"},
          {"id", event.id.empty() ? NewUuid() : event.id},
          {"detail-type", event.detail_type},
          {"source", event.source},
          {"account", event.account},
          {"time", ToIso8601(event.time)},
          {"region", event.region},
          {"resources", JsonArray(event.resources.begin(), event.resources.end())},
          {"detail", event.detail}};
}

}  // namespace sagebrush::events
