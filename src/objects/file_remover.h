#pragma once

#include <condition_variable>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "objects/durability.h"
#include "objects/object_files.h"
#include "objects/object_index.h"

namespace sagebrush::objects {

// Takes names away from the disk on a thread of its own: a file system lets an unlink wait for milliseconds while it
// writes its journal, and who has overwritten an object need not. Safe to call from any thread.
class FileRemover {
 public:
  FileRemover(const ObjectFiles& files, ObjectIndex& index, Durability durability);  // Both outlive it.
  ~FileRemover();                                                                    // Does first what was asked for.
  FileRemover(const FileRemover&) = delete;

  // Files that the index knows as garbage. It forgets them some hundred at a time, once the disk has them no more, with
  // Durability::kPowerLoss also after the power was cut.
  void Remove(const std::vector<std::string>& files);
  // The name in new/ of a file that is referred to now.
  void Settle(const std::string& file);
  // Waits until all that was asked for is done.
  void Finish();

 private:
  struct Work {
    std::vector<std::string> garbage, settled;
    std::size_t size() const { return garbage.size() + settled.size(); }
  };
  void Run();
  void Do(const Work& work);
  void Forget(const std::vector<std::string>& removed);
  // Does it here instead when so much waits already that it would go on growing.
  template <typename Add>
  void Ask(Add add);

  const ObjectFiles& files_;
  ObjectIndex& index_;
  const Durability durability_;
  Mutex mutex_;
  std::condition_variable wake_, idle_;
  Work waiting_ GUARDED_BY(mutex_);
  std::vector<std::string> removed_ GUARDED_BY(mutex_);  // And not forgotten yet.
  bool working_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace sagebrush::objects
