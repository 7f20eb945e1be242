#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sagebrush::inference {

// What one model server may take of an invocation.
struct ModelLimits {
  std::chrono::milliseconds time_max{60'000};
  std::chrono::milliseconds stream_time_max{480'000};  // Of an answer that is streamed, once it has begun.
  std::size_t body_bytes_max = 6'291'456;              // Of its answer, where that is not streamed.
  bool operator==(const ModelLimits&) const = default;
};

// One model server of an instance.
struct Container {
  std::string workload_id;
  std::string name = "primary";  // As errors call it.
  bool operator==(const Container&) const = default;
};

// Answers invocations: its containers in this order, each of which gets what the one before it answered.
struct Instance {
  std::string id;  // Whoever names it again, in whichever route, means the same one.
  std::vector<Container> containers;
  bool operator==(const Instance&) const = default;
};

// How an instance of a variant is chosen (RoutingConfig.RoutingStrategy).
enum class Routing { kLeastLoaded, kRandom };

struct Variant {
  std::string name;
  double weight = 1;  // Its share of the traffic, relative to the others'. All zero: equal shares.
  std::vector<Instance> instances;
  Routing routing = Routing::kLeastLoaded;
  bool operator==(const Variant&) const = default;
};

// Where the invocations of one endpoint go. Never changed: another one takes its place as a whole (Router).
// Variants may share a name: then they are fleets of one variant, and whoever asks for it by name gets any of them, by
// their weights.
struct Route {
  std::vector<Variant> variants;
  ModelLimits limits;
  bool operator==(const Route&) const = default;
};

}  // namespace sagebrush::inference
