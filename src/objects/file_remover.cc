#include "objects/file_remover.h"

#include <utility>

namespace sagebrush::objects {
namespace {

constexpr std::size_t kWaitingMax = 10'000;

}  // namespace

FileRemover::FileRemover(const ObjectFiles& files, ObjectIndex& index)
    : files_(files), index_(index), thread_([this] { Run(); }) {}

FileRemover::~FileRemover() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
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
  if (work.garbage.empty()) return;
  index_.Defer([files = work.garbage](IndexTables& tables) {
    for (const std::string& file : files) tables.DeleteGarbage(file);
  });
}

}  // namespace sagebrush::objects
