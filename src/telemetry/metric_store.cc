#include "telemetry/metric_store.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/json.h"
#include "base/log.h"
#include "telemetry/metric_errors.h"

namespace sagebrush::telemetry {
namespace {

using std::chrono::days;
using std::chrono::seconds;

// docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention
struct Tier {
  seconds period;
  seconds kept;
};
constexpr std::array<Tier, 3> kTiers{{{seconds(60), days(15)}, {seconds(300), days(63)}, {seconds(3600), days(455)}}};

constexpr const char* kSchema = R"(
  CREATE TABLE IF NOT EXISTS metric (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    dimensions TEXT NOT NULL, last INTEGER NOT NULL, UNIQUE (account, region, namespace, name, dimensions));
  CREATE TABLE IF NOT EXISTS point (
    metric INTEGER NOT NULL, tier INTEGER NOT NULL, time INTEGER NOT NULL, unit TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (metric, tier, time, unit)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS published (id TEXT PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID;)";

std::string TextOf(const Dimensions& dimensions) {
  JsonArray out;
  for (const auto& [name, value] : dimensions) out.push_back(JsonArray{Json(name), Json(value)});
  return ToText(out);
}

Dimensions DimensionsOf(std::string_view text) {
  Dimensions dimensions;
  const Json document = ParseJson(text);
  for (const Json& pair : document.as_array()) {
    dimensions.emplace_back(pair.at(0).as_string(), pair.at(1).as_string());
  }
  return dimensions;
}

bool Matches(const MetricFilter& filter, const Dimensions& dimensions) {
  return std::ranges::all_of(filter.dimensions, [&](const auto& wanted) {
    return std::ranges::any_of(dimensions, [&](const auto& dimension) {
      return dimension.first == wanted.first && (!wanted.second || dimension.second == *wanted.second);
    });
  });
}

// The coarsest that can be cut into such periods from `start` on: the fewest rows to read.
const Tier& TierFor(Time start, seconds period) {
  const Tier* tier = kTiers.data();
  for (const Tier& other : kTiers) {
    if (period % other.period == seconds(0) && RoundedDown(start, other.period) == start) tier = &other;
  }
  return *tier;
}

seconds KeptBy(Milliseconds age) {
  for (const Tier& tier : kTiers) {
    if (age <= tier.kept) return tier.period;
  }
  return kTiers.back().period;
}

std::unique_ptr<store::SqliteConnection> Open(const Path& file) {
  auto connection = std::make_unique<store::SqliteConnection>(file, store::SqliteConnection::Mode::kReadWrite);
  // An end of the process loses nothing with it; the machine's, what was not yet written back.
  connection->Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024;");
  return connection;
}

}  // namespace

Time RoundedDown(Time time, seconds period) {
  const std::int64_t length = Milliseconds(period).count();
  const std::int64_t rest = time.milliseconds % length;
  return {time.milliseconds - (rest < 0 ? rest + length : rest)};
}

MetricStore::MetricStore(const Path& data, const Clock& clock, const Options& options)
    : clock_(clock), options_(options) {
  writer_ = Open(data / "metrics.db");
  writer_->Execute(kSchema);
  reader_ = Open(data / "metrics.db");
}

void MetricStore::PublishOnce(const std::string& id, std::span<const MetricDatum> data) {
  const MutexLock lock(write_mutex_);
  writer_->Execute("BEGIN IMMEDIATE");
  try {
    if (id.empty() || IsNew(id)) {
      for (const MetricDatum& datum : data) Put(IdOf(datum.metric, datum.time), datum);
    }
    writer_->Execute("COMMIT");
  } catch (...) {
    writer_->RollBack();
    throw;
  }
}

bool MetricStore::IsNew(const std::string& id) {
  writer_->Query("INSERT OR IGNORE INTO published (id, time) VALUES (?, ?)")
      .Bind(id)
      .Bind(clock_.Now().milliseconds)
      .Run();
  return writer_->Changes() > 0;
}

void MetricStore::RequireRoom(const Metric& metric) {
  const auto number = [this](const char* pragma) REQUIRES(write_mutex_) {
    auto query = writer_->Query(pragma);
    query.Step();
    return query.Int(0);
  };
  const std::int64_t pages = number("PRAGMA page_count") - number("PRAGMA freelist_count");
  if (pages * number("PRAGMA page_size") <= options_.bytes_max) return;
  throw Error(kMetricLimitExceeded,
              fmt::format("The metrics of this server take {} MB, and {} in {} would be a new one. Metrics go 455 days "
                          "after their last datum.",
                          options_.bytes_max >> 20, metric.name, metric.name_space));
}

std::int64_t MetricStore::IdOf(const Metric& metric, Time time) {
  const std::string dimensions = TextOf(metric.dimensions);
  {
    auto known = writer_->Query(
        "UPDATE metric SET last = max(last, ?) WHERE account = ? AND region = ? AND namespace = ? AND name = ? AND "
        "dimensions = ? RETURNING id");
    known.Bind(time.milliseconds).Bind(metric.account).Bind(metric.region).Bind(metric.name_space).Bind(metric.name);
    known.Bind(dimensions);
    if (known.Step()) {
      const std::int64_t id = known.Int(0);
      known.Run();
      return id;
    }
  }
  RequireRoom(metric);
  auto made = writer_->Query(
      "INSERT INTO metric (account, region, namespace, name, dimensions, last) VALUES (?, ?, ?, ?, ?, ?) RETURNING id");
  made.Bind(metric.account).Bind(metric.region).Bind(metric.name_space).Bind(metric.name).Bind(dimensions);
  made.Bind(time.milliseconds).Step();
  const std::int64_t id = made.Int(0);
  made.Run();
  return id;
}

// Into its period of each tier at once, so that nothing has to be summed up later.
void MetricStore::Put(std::int64_t metric, const MetricDatum& datum) {
  const Time now = clock_.Now();
  for (const Tier& tier : kTiers) {
    const Time start = RoundedDown(datum.time, tier.period);
    if (now - start > tier.kept) continue;
    Datapoint values = datum.values;
    {
      auto before = writer_->Query("SELECT content FROM point WHERE metric = ? AND tier = ? AND time = ? AND unit = ?");
      before.Bind(metric).Bind(tier.period.count()).Bind(start.milliseconds).Bind(datum.unit);
      if (before.Step()) {
        if (auto known = Datapoint::Decode(before.Text(0))) {
          known->Merge(values);
          values = *std::move(known);
        }
      }
    }
    const std::string content = values.Encode();
    auto put =
        writer_->Query("INSERT OR REPLACE INTO point (metric, tier, time, unit, content) VALUES (?, ?, ?, ?, ?)");
    put.Bind(metric).Bind(tier.period.count()).Bind(start.milliseconds).Bind(datum.unit).BindBlob(content).Run();
  }
}

std::vector<MetricPeriod> MetricStore::Read(const Metric& metric, const std::string& unit, Time start, Time end,
                                            seconds period) const {
  start = RoundedDown(start, KeptBy(clock_.Now() - start));
  const Tier& tier = TierFor(start, period);
  const std::string dimensions = TextOf(metric.dimensions);
  std::map<std::pair<std::int64_t, std::string>, Datapoint> periods;
  const MutexLock lock(read_mutex_);
  auto rows = reader_->Query(
      "SELECT time, unit, content FROM point WHERE metric = (SELECT id FROM metric WHERE account = ? AND region = ? "
      "AND "
      "namespace = ? AND name = ? AND dimensions = ?) AND tier = ? AND time >= ? AND time < ?");
  rows.Bind(metric.account).Bind(metric.region).Bind(metric.name_space).Bind(metric.name).Bind(dimensions);
  rows.Bind(tier.period.count()).Bind(start.milliseconds).Bind(end.milliseconds);
  while (rows.Step()) {
    const std::string found(rows.Text(1));
    if (!unit.empty() && found != unit) continue;
    const auto values = Datapoint::Decode(rows.Text(2));
    if (!values) continue;
    const std::int64_t number = (rows.Int(0) - start.milliseconds) / Milliseconds(period).count();
    periods[{number, found}].Merge(*values);
  }
  std::vector<MetricPeriod> out;
  for (auto& [key, values] : periods) {
    out.push_back({start + key.first * Milliseconds(period), key.second, std::move(values)});
  }
  return out;
}

std::vector<Metric> MetricStore::List(const MetricFilter& filter, const std::optional<Metric>& after,
                                      std::size_t limit) const {
  std::vector<Metric> found;
  const std::string none;
  const std::string after_dimensions = after ? TextOf(after->dimensions) : "";
  const MutexLock lock(read_mutex_);
  auto rows = reader_->Query(
      "SELECT namespace, name, dimensions FROM metric WHERE account = ? AND region = ? AND (? = '' OR namespace = ?) "
      "AND "
      "(? = '' OR name = ?) AND last >= ? AND (namespace, name, dimensions) > (?, ?, ?) "
      "ORDER BY namespace, name, dimensions");
  rows.Bind(filter.account).Bind(filter.region).Bind(filter.name_space).Bind(filter.name_space);
  rows.Bind(filter.name).Bind(filter.name).Bind(filter.active_since.milliseconds);
  rows.Bind(after ? after->name_space : none).Bind(after ? after->name : none).Bind(after_dimensions);
  while (found.size() < limit && rows.Step()) {
    Dimensions dimensions = DimensionsOf(rows.Text(2));
    if (!Matches(filter, dimensions)) continue;
    found.push_back(
        {filter.account, filter.region, std::string(rows.Text(0)), std::string(rows.Text(1)), std::move(dimensions)});
  }
  return found;
}

void MetricStore::Sweep() {
  const Time now = clock_.Now();
  const auto before = [now](seconds kept) { return now.milliseconds - Milliseconds(kept).count(); };
  const auto metrics = [this] {
    std::vector<std::int64_t> ids;
    const MutexLock lock(write_mutex_);
    auto rows = writer_->Query("SELECT id FROM metric");
    while (rows.Step()) ids.push_back(rows.Int(0));
    return ids;
  };
  // Metric by metric, so that nobody who publishes waits long.
  for (const std::int64_t metric : metrics()) {
    const MutexLock lock(write_mutex_);
    for (const Tier& tier : kTiers) {
      auto old = writer_->Query("DELETE FROM point WHERE metric = ? AND tier = ? AND time < ?");
      old.Bind(metric).Bind(tier.period.count()).Bind(before(tier.kept)).Run();
    }
  }
  const MutexLock lock(write_mutex_);
  auto gone = writer_->Query("DELETE FROM metric WHERE last < ?");
  gone.Bind(before(kTiers.back().kept)).Run();
  auto ids = writer_->Query("DELETE FROM published WHERE time < ?");
  ids.Bind(before(kTiers.front().kept)).Run();
}

}  // namespace sagebrush::telemetry
