#include "algorithms/checkpoints.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "algorithms/job_log.h"
#include "base/error.h"

namespace sagebrush::algorithms {
namespace {

constexpr std::size_t kKept = 5;

}  // namespace

Checkpoints::Checkpoints(Path directory, std::string_view algorithm)
    : directory_(std::move(directory)), prefix_(fmt::format("{}-checkpoint.", algorithm)) {}

std::vector<Checkpoints::Checkpoint> Checkpoints::List() const {
  std::vector<Checkpoint> found;
  for (const Path& path : EntriesOf(directory_)) {
    const std::string name = path.filename().string();
    if (!name.starts_with(prefix_)) continue;
    int round = 0;
    const char* const end = name.data() + name.size();
    const auto [rest, failure] = std::from_chars(name.data() + prefix_.size(), end, round);
    if (failure == std::errc() && rest == end && round >= 0 && round < std::numeric_limits<int>::max())
      found.push_back({round, path});
  }
  std::sort(found.begin(), found.end(), [](const Checkpoint& a, const Checkpoint& b) { return a.round > b.round; });
  return found;
}

std::optional<int> Checkpoints::Resume(const std::function<void(const std::string&)>& load) const {
  for (const Checkpoint& checkpoint : List()) {
    try {
      load(ReadFile(checkpoint.file));
    } catch (const Error& error) {
      PrintWarning("The checkpoint {} cannot be read and is left out: {}", checkpoint.file.string(), error.what());
      continue;
    }
    PrintInfo("Checkpoint loaded from {}", checkpoint.file.string());
    return checkpoint.round;
  }
  return std::nullopt;
}

void Checkpoints::Save(int round, const std::string& model) {
  WriteWholeFile(directory_ / fmt::format("{}{}", prefix_, round), model);
  const std::vector<Checkpoint> all = List();
  for (std::size_t i = kKept; i < all.size(); ++i) {
    std::error_code ignored;
    std::filesystem::remove(all[i].file, ignored);
  }
}

void WriteWholeFile(const Path& path, const std::string& bytes) {
  const Path temporary = path.string() + ".sagemaker-ignore";  // The suffix that SageMaker does not upload.
  {
    const FileDescriptor file = OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    WriteAll(file.get(), bytes);
  }
  std::filesystem::rename(temporary, path);
}

}  // namespace sagebrush::algorithms
