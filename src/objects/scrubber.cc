#include "objects/scrubber.h"

#include <condition_variable>
#include <mutex>

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "objects/extent.h"

namespace sagebrush::objects {
namespace {

constexpr std::uint64_t kPacedBytes = 1 << 20;  // Shorter rests would cost more than they give.

Json ToJson(const DamagedVersion& damaged) {
  return JsonObject{{"Bucket", damaged.bucket},
                    {"Key", ToBase64(damaged.key)},
                    {"VersionId", damaged.version},
                    {"What", damaged.what},
                    {"Found", damaged.found.milliseconds}};
}

DamagedVersion DamagedFrom(const Json& document) {
  DamagedVersion damaged{.bucket = GetString(document, "Bucket"),
                         .version = GetString(document, "VersionId"),
                         .what = GetString(document, "What"),
                         .found = {GetInt(document, "Found")}};
  FromBase64(GetString(document, "Key"), damaged.key);
  return damaged;
}

std::vector<DamagedVersion> AllDamaged(const Json& document) {
  std::vector<DamagedVersion> all;
  if (const Json* const listed = Find(document, "Damaged")) {
    for (const Json& entry : listed->as_array()) all.push_back(DamagedFrom(entry));
  }
  return all;
}

}  // namespace

Scrubber::Scrubber(const ObjectStore& store, const Clock& clock, const Path& progress_file, Options options)
    : store_(store), clock_(clock), progress_file_(progress_file), options_(options) {
  ReadProgress();
}

void Scrubber::Run(const std::stop_token& stop) {
  const Time now = clock_.Now();
  if (progress_.done) {
    if (progress_.begun + options_.round > now) return;
    progress_ = {.begun = now, .done = false};
    damaged_count_ = 0;
  }
  for (const auto& bucket : store_.Buckets()) {
    if (bucket->name < progress_.bucket) continue;
    if (bucket->name != progress_.bucket) {
      progress_.bucket = bucket->name;
      progress_.key.clear();
    }
    try {
      ScrubBucket(bucket->name, stop);
    } catch (const Error& error) {
      if (store_.FindBucket(bucket->name))
        LogError("The scrub of bucket {} ended early: {}", bucket->name, error.what());
    }
    if (stop.stop_requested()) return WriteProgress();
  }
  progress_.done = true;
  progress_.bucket.clear();
  progress_.key.clear();
  WriteProgress();
}

void Scrubber::ScrubBucket(const std::string& bucket, const std::stop_token& stop) {
  VersionQuery query{.key_marker = progress_.key};
  std::string key = progress_.key;
  for (bool more = true; more;) {
    const VersionListing page = store_.Versions(bucket, query);
    for (const auto& [object, latest] : page.versions) {
      if (latest) progress_.key = std::exchange(key, object.key);  // All versions of the one before are done.
      if (!object.delete_marker) ScrubVersion(bucket, object, stop);
      if (stop.stop_requested()) return;
    }
    more = page.truncated;
    query.key_marker = page.next_key_marker;
    query.version_marker = page.next_version_marker;
    if (more) WriteProgress();
  }
}

void Scrubber::ScrubVersion(const std::string& bucket, const Object& object, const std::stop_token& stop) {
  std::string what;
  try {
    const auto opened = store_.Open(bucket, object.key, object.version);
    if (!opened) return;  // Deleted just now.
    const auto damage = DamageOf(*opened, [&](std::size_t bytes) {
      Pace(bytes, stop);
      return !stop.stop_requested();
    });
    if (!damage || damage->empty()) return;
    what = fmt::format("{} Its file is {}.", *damage, opened->location);
  } catch (const Error& error) {
    what = error.what();
  }
  LogError("Object {} of bucket {} (version {}) is damaged: {} Restore it from a backup, or upload it again.",
           object.key, bucket, object.version, what);
  progress_.damaged.push_back({bucket, object.key, object.version, what, clock_.Now()});
  damaged_count_ = progress_.damaged.size();
}

void Scrubber::Pace(std::size_t bytes, const std::stop_token& stop) {
  if (options_.bytes_per_second == 0) return;
  unpaced_bytes_ += bytes;
  if (unpaced_bytes_ < kPacedBytes) return;
  const Seconds rest(static_cast<double>(std::exchange(unpaced_bytes_, 0)) /
                     static_cast<double>(options_.bytes_per_second));
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, rest, [&] { return stop.stop_requested(); });
}

void Scrubber::ReadProgress() {
  const auto text = ReadFileIfExists(progress_file_);
  if (!text) return;
  try {
    const Json document = ParseStoredJson(*text, "How far the scrub is");
    progress_ = {.begun = {GetInt(document, "Begun")},
                 .done = GetBool(document, "Done"),
                 .bucket = GetString(document, "Bucket"),
                 .damaged = AllDamaged(document)};
    FromBase64(GetString(document, "Key"), progress_.key);
  } catch (const std::exception& error) {
    LogWarning("{}: {} The scrub begins anew.", progress_file_.string(), error.what());
    progress_ = {};
  }
  damaged_count_ = progress_.damaged.size();
}

void Scrubber::WriteProgress() const {
  JsonArray damaged;
  for (const DamagedVersion& version : progress_.damaged) damaged.push_back(ToJson(version));
  WriteFileDurably(progress_file_, sagebrush::ToText(Json(JsonObject{{"Begun", progress_.begun.milliseconds},
                                                                     {"Done", progress_.done},
                                                                     {"Bucket", progress_.bucket},
                                                                     {"Key", ToBase64(progress_.key)},
                                                                     {"Damaged", std::move(damaged)}})));
}

std::vector<DamagedVersion> ReadDamaged(const Path& progress_file) {
  const auto text = ReadFileIfExists(progress_file);
  if (!text) return {};
  try {
    return AllDamaged(ParseStoredJson(*text, "What the scrub found"));
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace sagebrush::objects
