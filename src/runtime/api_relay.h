#pragma once

#include <map>
#include <memory>
#include <string>

#include "runtime/event_loop.h"

namespace sagebrush::runtime {

// Carries TCP connections from a socket that listens inside a workload's network namespace to `address` ("host:port",
// IPv4) in this process's own. Runs on the loop's thread.
class ApiRelay {
 public:
  ApiRelay(EventLoop& loop, FileDescriptor listener, const std::string& address);
  ~ApiRelay();
  ApiRelay(const ApiRelay&) = delete;

 private:
  struct Stream;
  struct Link;

  void Accept();
  void Move(Link& link);
  bool Pump(Stream& stream);
  void Rearm(Link& link);

  EventLoop& loop_;
  FileDescriptor listener_;
  std::string address_;
  std::map<Link*, std::unique_ptr<Link>> links_;
};

}  // namespace sagebrush::runtime
