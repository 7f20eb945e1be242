#pragma once

#include "base/trouble.h"
#include "runtime/runtime.h"

namespace sagebrush::runtime {

// For tests: a runtime each of whose calls `trouble` may befall. Both outlive it.
class TroubledRuntime : public Runtime {
 public:
  TroubledRuntime(Runtime& runtime, const Trouble& trouble) : runtime_(runtime), trouble_(trouble) {}

  void StartGang(const std::vector<std::pair<std::string, WorkloadSpec>>& hosts) override {
    trouble_.Around([&] { runtime_.StartGang(hosts); });
  }
  std::optional<WorkloadState> Inspect(const std::string& id) const override {
    return trouble_.Around([&] { return runtime_.Inspect(id); });
  }
  void Stop(const std::string& id, Seconds grace) override {
    trouble_.Around([&] { runtime_.Stop(id, grace); });
  }
  void Remove(const std::string& id) override {
    trouble_.Around([&] { runtime_.Remove(id); });
  }
  std::vector<std::string> List() const override {
    return trouble_.Around([&] { return runtime_.List(); });
  }
  std::optional<FileDescriptor> Connect(const std::string& id, std::uint16_t port) override {
    return trouble_.Around([&] { return runtime_.Connect(id, port); });
  }
  void Listen(std::function<void(const std::string&)> listener) override { runtime_.Listen(std::move(listener)); }

 private:
  Runtime& runtime_;
  const Trouble& trouble_;
};

}  // namespace sagebrush::runtime
