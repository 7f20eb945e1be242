#include "telemetry/meter.h"

#include <map>
#include <memory>
#include <tuple>

namespace sagebrush::telemetry {
namespace {

const std::string kKind = "usage-record";

// A run's id is unique on the whole server, so that End finds the record by it alone.
store::Key KeyOf(const std::string& id) { return {kKind, "", "", id}; }

UsageRecord RecordIn(const store::Resource& resource) {
  const Json& spec = resource.spec;
  UsageRecord record{{GetString(spec, "Account"), GetString(spec, "Region"), GetString(spec, "Arn"),
                      GetString(spec, "Use"), GetString(spec, "InstanceType"), GetInt(spec, "Count", 1)},
                     {GetInt(spec, "Started")}};
  if (Find(resource.status, "Ended") != nullptr) record.ended = Time{GetInt(resource.status, "Ended")};
  record.folded_seconds = GetInt(spec, "FoldedSeconds");
  if (Find(spec, "FoldedStarted") != nullptr) record.folded_started = Time{GetInt(spec, "FoldedStarted")};
  return record;
}

// The runs that a report tells as one.
struct Runs {
  std::vector<std::shared_ptr<const store::Resource>> old;
  std::shared_ptr<const store::Resource> younger;  // Any; nullptr: there is none.
};

void Fold(const store::Resource& old, store::Resource& into) {
  const UsageRecord from = RecordIn(old), to = RecordIn(into);
  JsonObject& spec = into.spec.as_object();
  spec["FoldedSeconds"] = to.folded_seconds + from.InstanceSeconds(*from.ended);
  spec["FoldedStarted"] = std::min(from.FirstStarted(), to.FirstStarted()).milliseconds;
}

}  // namespace

std::int64_t UsageRecord::InstanceSeconds(Time now) const {
  const std::int64_t milliseconds = (ended.value_or(now) - started).count();
  return folded_seconds + std::max<std::int64_t>(0, (milliseconds + 999) / 1000) * usage.count;
}

void Meter::Begin(const std::string& id, const Usage& usage, Time started) {
  store::Resource record;
  record.key = KeyOf(id);
  if (store_.Get(record.key) != nullptr) return;
  record.spec = JsonObject{{"Account", usage.account},
                           {"Region", usage.region},
                           {"Arn", usage.arn},
                           {"Use", usage.use},
                           {"InstanceType", usage.instance_type},
                           {"Count", usage.count},
                           {"Started", started.milliseconds}};
  record.status = JsonObject{};
  record.state = "Running";
  record.created = record.modified = started;
  store_.Insert(record);
}

void Meter::End(const std::string& id, Time ended) {
  while (const auto stored = store_.Get(KeyOf(id))) {
    if (stored->state != "Running") return;
    store::Resource record = *stored;
    record.status = JsonObject{{"Ended", ended.milliseconds}};
    record.state = "Ended";
    record.modified = ended;
    if (store_.Update(record)) return;
  }
}

void Meter::Sweep(Time now) {
  const Time oldest{now.milliseconds - Milliseconds(kKept).count()};
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Runs> all;
  for (const auto& resource : store_.All(kKind)) {
    const UsageRecord record = RecordIn(*resource);
    const Usage& usage = record.usage;
    Runs& runs = all[{usage.account, usage.arn, usage.use, usage.instance_type}];
    if (record.ended && *record.ended < oldest) {
      runs.old.push_back(resource);
    } else {
      runs.younger = resource;
    }
  }
  for (const auto& [key, runs] : all) {
    if (runs.old.empty()) continue;
    store::Resource into = runs.younger != nullptr ? *runs.younger : store::Resource();
    std::vector<store::Write> writes;
    for (const auto& old : runs.old) {
      if (runs.younger != nullptr) Fold(*old, into);
      writes.push_back(store::Write::Delete(*old));
    }
    if (runs.younger != nullptr) writes.push_back(store::Write::Update(into));
    store_.Commit(writes);  // Nothing has changed when the younger one has just ended: the next call does it.
  }
}

std::vector<UsageRecord> Meter::Records(const store::Reader& store) {
  std::vector<UsageRecord> records;
  for (const auto& resource : store.All(kKind)) records.push_back(RecordIn(*resource));
  return records;
}

}  // namespace sagebrush::telemetry
