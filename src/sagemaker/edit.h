#pragma once

#include <deque>
#include <vector>

#include "base/error.h"
#include "sagemaker/context.h"
#include "store/store.h"
#include "wire/call.h"

namespace sagebrush::sagemaker {

// Writes of other resources that must be made together with a verb's own, or none of them. Each is made only on what
// was read: when another writer came first, the verb begins anew.
class Alongside {
 public:
  void Insert(store::Resource resource) { Add(store::Write::Insert, std::move(resource)); }
  void Update(store::Resource resource) { Add(store::Write::Update, std::move(resource)); }
  void Delete(store::Resource resource) { Add(store::Write::Delete, std::move(resource)); }

  const std::vector<store::Write>& writes() const { return writes_; }

 private:
  template <typename Make>
  void Add(Make make, store::Resource resource) {
    writes_.push_back(make(kept_.emplace_back(std::move(resource))));
  }

  std::deque<store::Resource> kept_;
  std::vector<store::Write> writes_;
};

// How often a verb has begun anew because another writer came first.
class Tries {
 public:
  // Throws Error(kThrottling) when it was so often that the writers do not give way to each other, or never will.
  void Again() {
    if (++count_ == kMax)
      throw Error(kThrottling, "Too many writers change this resource at a time. Retry the request later.");
  }

 private:
  static constexpr int kMax = 1000;
  int count_ = 0;
};

// A verb's work on one resource, of which nothing is written yet.
struct Edit {
  const Context& context;
  const wire::Call& call;
  store::Resource& resource;
  Alongside& also;
  store::Resource* parent = nullptr;  // Of a noun that has one: as read. It is written with the resource.

  const Json& input() const { return call.input; }
  JsonObject& spec() const { return resource.spec.as_object(); }
  JsonObject& status() const { return resource.status.as_object(); }
};

}  // namespace sagebrush::sagemaker
