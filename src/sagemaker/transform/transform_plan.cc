#include "sagemaker/transform/transform_plan.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"
#include "sagemaker/s3_uri.h"
#include "sagemaker/transform/data_processing.h"

namespace sagebrush::sagemaker {
namespace {

constexpr std::int64_t kMegabyte = 1 << 20;
constexpr std::int64_t kPayloadDefault = 6;
constexpr std::int64_t kPayloadsMax = 100;  // MB of all requests together that are under way.
constexpr std::int64_t kConcurrentMax = 100;
constexpr std::int64_t kTimeoutSecondsDefault = 600;
constexpr std::int64_t kRetriesDefault = 3;

// A number that a container says of itself; any other value is as if it had said nothing.
std::int64_t Said(const Json& parameters, std::string_view name, std::int64_t otherwise) {
  const Json* const value = Find(parameters, name);
  return value != nullptr && value->is_int64() && value->get_int64() > 0 ? value->get_int64() : otherwise;
}

std::string SaidText(const Json& parameters, std::string_view name) {
  const Json* const value = Find(parameters, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

void CheckHeader(const Json& spec, std::string_view path) {
  const std::string value = GetString(spec, path);
  if (std::ranges::none_of(value, [](unsigned char c) { return c < 0x20 || c >= 0x7f; })) return;
  throw Error(kValidation, fmt::format("{} holds a character that cannot be in an HTTP header.", path));
}

}  // namespace

TransformPlan PlanOf(const Json& spec, const Json& parameters) {
  TransformPlan plan;
  const std::int64_t payload = Find(spec, "MaxPayloadInMB") != nullptr
                                   ? GetInt(spec, "MaxPayloadInMB")
                                   : Said(parameters, "MaxPayloadInMB", kPayloadDefault);
  plan.payload_max = payload == 0 ? std::numeric_limits<std::size_t>::max()
                                  : static_cast<std::size_t>(std::min(payload, kPayloadsMax) * kMegabyte);
  std::int64_t concurrent = GetInt(spec, "MaxConcurrentTransforms");
  if (concurrent == 0) {
    const std::int64_t room = payload == 0 ? kConcurrentMax : std::max<std::int64_t>(kPayloadsMax / payload, 1);
    concurrent = std::min(Said(parameters, "MaxConcurrentTransforms", 1), room);
  }
  plan.concurrent_max = static_cast<std::size_t>(std::clamp<std::int64_t>(concurrent, 1, kConcurrentMax));
  const std::string strategy = GetString(spec, "BatchStrategy", SaidText(parameters, "BatchStrategy"));
  plan.single_record = strategy == "SingleRecord" || strategy == "SINGLE_RECORD";
  plan.split = SplitTypeOf(GetString(spec, "TransformInput.SplitType", "None"));
  // Whatever fits into a request without limit is all of the input.
  if (payload == 0 && !plan.single_record && DataProcessing(spec).IsNone()) plan.split = SplitType::kNone;
  plan.gzip = GetString(spec, "TransformInput.CompressionType") == "Gzip";
  plan.lines = GetString(spec, "TransformOutput.AssembleWith") == "Line";
  plan.time_max =
      std::chrono::seconds(GetInt(spec, "ModelClientConfig.InvocationsTimeoutInSeconds", kTimeoutSecondsDefault));
  plan.retries_max = static_cast<int>(GetInt(spec, "ModelClientConfig.InvocationsMaxRetries", kRetriesDefault));
  plan.content_type = GetString(spec, "TransformInput.ContentType");
  plan.accept = GetString(spec, "TransformOutput.Accept");
  return plan;
}

void CheckTransform(const Json& spec) {
  const std::int64_t payload = GetInt(spec, "MaxPayloadInMB");
  const std::int64_t concurrent = GetInt(spec, "MaxConcurrentTransforms");
  if (payload > kPayloadsMax || payload * std::min(concurrent, kPayloadsMax + 1) > kPayloadsMax) {
    throw Error(
        kValidation,
        fmt::format("MaxPayloadInMB is {} and MaxConcurrentTransforms {}: MaxPayloadInMB may be {} at most, and so "
                    "may the product of both.",
                    payload, concurrent, kPayloadsMax));
  }
  if (concurrent > kConcurrentMax) {
    throw Error(kValidation,
                fmt::format("MaxConcurrentTransforms is {}, the limit is {}.", concurrent, kConcurrentMax));
  }
  CheckHeader(spec, "TransformInput.ContentType");
  CheckHeader(spec, "TransformOutput.Accept");
  const Json& source = spec.at("TransformInput").at("DataSource").at("S3DataSource");
  const std::string type = GetString(source, "S3DataType");
  if (type != "S3Prefix" && type != "ManifestFile") {
    throw Error(kValidation,
                fmt::format("S3DataType {} is not supported for batch transform; use S3Prefix or ManifestFile.", type));
  }
  ParseS3Uri(GetString(source, "S3Uri"), "S3Uri");
  ParseS3Uri(GetString(spec, "TransformOutput.S3OutputPath"), "S3OutputPath");
  const DataProcessing checked(spec);
}

}  // namespace sagebrush::sagemaker
