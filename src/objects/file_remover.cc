#include "objects/file_remover.h"

#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace sagebrush::objects {
namespace {

constexpr std::size_t kWaitingMax = 10'000;
constexpr std::size_t kForgottenAtOnce = 512;

}  // namespace

FileRemover::FileRemover(const ObjectFiles& files, ObjectIndex& index, Durability durability)
    : files_(files), index_(index), durability_(durability), thread_([this] { Run(); }) {}

FileRemover::~FileRemover() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  Forget(removed_);
}

void FileRemover::Remove(const std::vector<std::string>& files) {
  if (files.empty()) return;
  Ask([&](Work& work) { work.garbage.insert(work.garbage.end(), files.begin(), files.end()); });
}

void FileRemover::Settle(const std::string& file) {
  Ask([&](Work& work) { work.settled.push_back(file); });
}

void FileRemover::Finish() {
  MutexLock lock(mutex_);
  lock.Wait(idle_, [this]() REQUIRES(mutex_) { return !working_ && waiting_.size() == 0; });
}

template <typename Add>
void FileRemover::Ask(Add add) {
  bool wake = false, full = false;
  {
    const MutexLock lock(mutex_);
    full = waiting_.size() >= kWaitingMax;
    wake = !full && waiting_.size() == 0;
    if (!full) add(waiting_);
  }
  if (wake) wake_.notify_one();
  if (!full) return;
  Work here;
  add(here);
  Do(here);
}

void FileRemover::Run() {
  MutexLock lock(mutex_);
  for (;;) {
    lock.Wait(wake_, [this]() REQUIRES(mutex_) { return stopping_ || waiting_.size() > 0; });
    if (waiting_.size() == 0) return;
    const Work work = std::exchange(waiting_, {});
    working_ = true;
    lock.Unlock();
    Do(work);
    lock.Lock();
    working_ = false;
    idle_.notify_all();
  }
}

void FileRemover::Do(const Work& work) {
  for (const std::string& file : work.settled) files_.Settle(file);
  for (const std::string& file : work.garbage) files_.Remove(file);
  std::vector<std::string> removed;
  {
    const MutexLock lock(mutex_);
    removed_.insert(removed_.end(), work.garbage.begin(), work.garbage.end());
    if (removed_.size() >= kForgottenAtOnce) removed.swap(removed_);
  }
  Forget(removed);
}

void FileRemover::Forget(const std::vector<std::string>& removed) {
  if (removed.empty()) return;
  try {
    if (durability_ == Durability::kPowerLoss) files_.SyncNames(removed);
  } catch (const Error& error) {  // The next start removes them again.
    return LogError("Object store: replaced files are not forgotten yet: {}", error.what());
  }
  index_.Defer([removed](IndexTables& tables) {
    for (const std::string& file : removed) tables.DeleteGarbage(file);
  });
}

}  // namespace sagebrush::objects
