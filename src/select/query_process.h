#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "select/message.h"

namespace sagebrush::select {

// What kFailed says, as far as it is believed.
Error FailureOf(const Message& message);

// Where queries may run: few at a time, for each takes a processor and half a GiB.
class QuerySlots {
 public:
  explicit QuerySlots(int most) : free_(most) {}

  class Slot {
   public:
    explicit Slot(std::atomic<int>& free) : free_(&free) {}
    ~Slot() {
      if (free_ != nullptr) free_->fetch_add(1);
    }
    Slot(Slot&& other) noexcept : free_(std::exchange(other.free_, nullptr)) {}

   private:
    std::atomic<int>* free_;
  };
  // Throws Busy when all are taken. Lives shorter than this.
  Slot Take();

 private:
  std::atomic<int> free_;
};

// The object that is queried.
struct QueriedObject {
  std::function<void(std::string&)> next;  // Makes its argument the next bytes; none at the end.
  FileDescriptor file{};                   // Instead: all of them, readable for everybody who has the descriptor.
};

// A query that runs in a program of its own, in a sandbox without network and files: what reads the object, and the
// engine, which is the work of others, are not in this process. It ends with this object. Used by one thread at a time.
class QueryProcess {
 public:
  // `request`: the members of SelectObjectContentRequest, with Size, Offset and Progress. Waits until the query has
  // begun; throws Error with a kind of select_errors.h when it cannot.
  QueryProcess(QuerySlots::Slot slot, const Json& request, QueriedObject object);
  ~QueryProcess();
  QueryProcess(const QueryProcess&) = delete;

  // The next message, until kDone or kFailed; nullopt when there was none for a second. Throws what `next` throws,
  // and Error(kInternalError) when the program ended without an end or did nothing for long.
  std::optional<Message> Next();

 private:
  void Start(const FileDescriptor& file);
  // Moves bytes either way, or waits for that. False: nothing moved for a second.
  bool Move();
  void Feed();
  [[noreturn]] void ThrowEnded();

  const QuerySlots::Slot slot_;
  std::function<void(std::string&)> next_bytes_;
  std::string unsent_;
  std::size_t sent_ = 0;  // Of unsent_.
  FileDescriptor to_;
  FileDescriptor from_;
  MessageReader reader_;
  pid_t process_ = -1;
  int idle_ = 0;  // Waits in a row in which nothing moved.
};

}  // namespace sagebrush::select
