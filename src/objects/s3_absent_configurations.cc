// What AWS lets buckets be configured with and this server does not do: putting it is refused with the reason, and
// whoever looks finds none.
#include <array>

#include "objects/errors.h"
#include "objects/s3.h"

namespace sagebrush::objects {
namespace {

struct AbsentConfiguration {
  std::string_view noun;    // Of the operations: Put<noun>, Get<noun>, Delete<noun>; and List<noun>s where listed.
  std::string_view action;  // s3:Put<action>, s3:Get<action>.
  bool listed;
  ErrorKind missing;
  std::string_view missing_text;
  std::string_view reason;
};

constexpr std::string_view kNoConfiguration = "The specified configuration does not exist.";

constexpr std::array kAbsent{
    AbsentConfiguration{"BucketInventoryConfiguration", "InventoryConfiguration", true, kNoSuchConfiguration,
                        kNoConfiguration, "no inventories are written. List the bucket instead"},
    AbsentConfiguration{"BucketAnalyticsConfiguration", "AnalyticsConfiguration", true, kNoSuchConfiguration,
                        kNoConfiguration, "access is not analysed: all storage classes are one"},
    AbsentConfiguration{"BucketMetricsConfiguration", "MetricsConfiguration", true, kNoSuchConfiguration,
                        kNoConfiguration, "requests to buckets are not counted one by one"},
    AbsentConfiguration{"BucketIntelligentTieringConfiguration", "IntelligentTieringConfiguration", true,
                        kNoSuchConfiguration, kNoConfiguration, "there are no tiers: all storage classes are one"},
    AbsentConfiguration{"BucketReplication", "ReplicationConfiguration", false, kReplicationNotFound,
                        "The replication configuration was not found",
                        "objects are not replicated. Copy the data directory, or sync to another bucket"},
};

[[noreturn]] void ThrowMissing(const Bucket& bucket, const AbsentConfiguration& configuration) {
  throw Error(configuration.missing, std::string(configuration.missing_text), JsonObject{{"BucketName", bucket.name}});
}

Json Refuse(const S3& s3, const wire::Call& call, const AbsentConfiguration& configuration) {
  BucketOf(s3, call);
  throw Error(kNotImplemented, fmt::format("{} is not implemented: {}.", configuration.action, configuration.reason));
}

Json Get(const S3& s3, const wire::Call& call, const AbsentConfiguration& configuration) {
  ThrowMissing(*BucketOf(s3, call), configuration);
}

Json Delete(const S3& s3, const wire::Call& call, const AbsentConfiguration& configuration) {
  const auto bucket = BucketOf(s3, call);
  if (configuration.listed) ThrowMissing(*bucket, configuration);
  return JsonObject{};
}

Json List(const S3& s3, const wire::Call& call, const AbsentConfiguration&) {
  BucketOf(s3, call);
  return JsonObject{{"IsTruncated", false}};
}

}  // namespace

void AddAbsentConfigurationOperations(S3Table& table) {
  using Verb = Json (*)(const S3&, const wire::Call&, const AbsentConfiguration&);
  for (const AbsentConfiguration& configuration : kAbsent) {
    const auto add = [&](const std::string& operation, Verb verb, std::string_view action) {
      table.Add(
          operation, [verb, &configuration](const S3& s3, wire::Call& call) { return verb(s3, call, configuration); },
          OnBucket(fmt::format("s3:{}{}", action, configuration.action)));
    };
    const std::string put = fmt::format("Put{}", configuration.noun);
    add(put, Refuse, "Put");
    table.Explain(put, fmt::format("{}.", configuration.reason));
    add(fmt::format("Get{}", configuration.noun), Get, "Get");
    add(fmt::format("Delete{}", configuration.noun), Delete, "Put");
    if (configuration.listed) add(fmt::format("List{}s", configuration.noun), List, "Get");
  }
}

}  // namespace sagebrush::objects
