#pragma once

#include "base/clock.h"
#include "base/file.h"

namespace sagebrush::store {
class Store;
}
namespace sagebrush::objects {
class ObjectStore;
class ObjectKeys;
}  // namespace sagebrush::objects
namespace sagebrush::identity {
class Identity;
}
namespace sagebrush::wire {
class Api;
}
namespace sagebrush::runtime {
class Runtime;
class ImageProvider;
class Capacity;
}  // namespace sagebrush::runtime
namespace sagebrush::telemetry {
class LogStore;
class Meter;
class MetricSink;
}  // namespace sagebrush::telemetry
namespace sagebrush::inference {
class Router;
}
namespace sagebrush::reconcile {
class Chores;
}

namespace sagebrush::sagemaker {

class WorkloadKeys;

// What operations and controllers work with. All of it outlives them and is safe to use from any thread.
struct Context {
  store::Store& store;
  const Clock& clock;
  objects::ObjectStore& objects;
  const objects::ObjectKeys& object_keys;
  identity::Identity& identity;
  const wire::Api& api;
  runtime::Runtime& runtime;
  runtime::ImageProvider& images;
  runtime::Capacity& capacity;
  telemetry::LogStore& logs;
  telemetry::Meter& meter;
  telemetry::MetricSink& metrics;
  inference::Router& router;
  WorkloadKeys& workload_keys;
  reconcile::Chores& chores;
  Path data;                       // The server's data directory.
  std::string api_address;         // host:port of the API on this machine.
  bool disk_is_encrypted = false;  // The operator's word.
  Seconds room_wait_max{3600};     // So long an endpoint waits for room before its deployment fails.
};

}  // namespace sagebrush::sagemaker
