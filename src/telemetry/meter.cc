#include "telemetry/meter.h"

namespace sagebrush::telemetry {
namespace {

const std::string kKind = "usage-record";

// A run's id is unique on the whole server, so that End finds the record by it alone.
store::Key KeyOf(const std::string& id) { return {kKind, "", "", id}; }

}  // namespace

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

std::vector<UsageRecord> Meter::Records(const store::Reader& store) {
  std::vector<UsageRecord> records;
  for (const auto& resource : store.All(kKind)) {
    const Json& spec = resource->spec;
    UsageRecord record{{GetString(spec, "Account"), GetString(spec, "Region"), GetString(spec, "Arn"),
                        GetString(spec, "Use"), GetString(spec, "InstanceType"), GetInt(spec, "Count", 1)},
                       {GetInt(spec, "Started")}};
    if (Find(resource->status, "Ended") != nullptr) record.ended = Time{GetInt(resource->status, "Ended")};
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace sagebrush::telemetry
