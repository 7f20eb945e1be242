#include "sagemaker/transform/transform_files.h"

#include <fcntl.h>

#include "base/error.h"
#include "sagemaker/hosting/model_container.h"
#include "sagemaker/jobs/channels.h"
#include "sagemaker/transform/records.h"
#include "sagemaker/transform/transform.h"
#include "telemetry/log_store.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

constexpr Seconds kRunTimeMax{5 * 86'400.0};  // AWS's quota: the longest run time of a transform job.

}  // namespace

TransformFiles::TransformFiles(const Context& context, const store::Resource& job)
    : context_(context), job_(job), files_(context, TransformJobForm(), job) {}

void TransformFiles::Prepare(const std::stop_token& stop) const {
  for (const char* directory : {"model", "parts"}) fs::create_directories(files_.root() / directory);
  const RoleObjects objects = Objects();
  const S3Uri target = ParseS3Uri(GetString(job_.spec, "TransformOutput.S3OutputPath"), "S3OutputPath");
  objects.CheckPut(target / "output");  // Better now than after hours of work.
  ChannelLayout layout;
  AddObjects(objects, job_.spec.at("TransformInput").at("DataSource").at("S3DataSource"), {}, layout);
  JsonArray inputs;
  for (const ChannelLayout::File& file : layout.files()) {
    const S3Uri output = target / (file.path + ".out");
    inputs.push_back({file.object.bucket, file.object.key, output.bucket, output.key});
  }
  files_.WriteJson("inputs.json", inputs);
  ModelContainer(context_, files_.arn(), job_.key.region, job_.spec.at("Variant"), files_.root() / "model")
      .Prepare(stop);
}

runtime::WorkloadSpec TransformFiles::Workload(const runtime::Room& room, const Path& log_file) const {
  const ModelContainer model(context_, files_.arn(), job_.key.region, job_.spec.at("Variant"), files_.root() / "model");
  runtime::WorkloadSpec spec = model.Workload(job_.uid, room, log_file);
  if (const Json* given = Find(job_.spec, "Environment")) {
    for (const auto& member : given->as_object()) {
      spec.environment.insert_or_assign(std::string(member.key()), std::string(member.value().as_string()));
    }
  }
  spec.environment["SAGEMAKER_BATCH"] = "true";
  if (const Json* value = Find(job_.spec, "MaxPayloadInMB")) {
    spec.environment["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = ToText(*value);
  }
  if (const Json* value = Find(job_.spec, "MaxConcurrentTransforms")) {
    spec.environment["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = ToText(*value);
  }
  if (const std::string strategy = GetString(job_.spec, "BatchStrategy"); !strategy.empty()) {
    spec.environment["SAGEMAKER_BATCH_STRATEGY"] = strategy == "SingleRecord" ? "SINGLE_RECORD" : "MULTI_RECORD";
  }
  spec.run_time_max = kRunTimeMax;
  return spec;
}

std::vector<TransformInput> TransformFiles::Inputs() const {
  std::vector<TransformInput> inputs;
  const Json list = ParseStoredJson(ReadFile(files_.root() / "inputs.json"), "The list of a transform job's inputs");
  for (const Json& entry : list.as_array()) {
    const JsonArray& part = entry.as_array();
    const auto text = [&](std::size_t i) { return std::string(part.at(i).as_string()); };
    inputs.push_back({{text(0), text(1)}, {text(2), text(3)}});
  }
  return inputs;
}

bool TransformFiles::IsReady() const { return fs::exists(files_.root() / "ready"); }

void TransformFiles::SetReady() const { OpenFile(files_.root() / "ready", O_WRONLY | O_CREAT, 0644); }

std::vector<TransformFiles::Done> TransformFiles::AllDone() const {
  std::vector<Done> all;
  const std::string text = ReadFileIfExists(files_.root() / "done").value_or("");
  RecordReader lines(text, SplitType::kLine);
  while (const auto line = lines.Next()) {
    try {
      const Json done = ParseJson(*line);
      all.push_back({static_cast<std::size_t>(GetInt(done, "Input")), GetString(done, "Failure")});
    } catch (const Error&) {
      // It was cut off by the end of a process. The input is done once more.
    }
  }
  return all;
}

void TransformFiles::AddDone(const Done& done) const {
  const Json line{{"Input", done.input}, {"Failure", done.failure}};
  WriteAll(OpenFile(files_.root() / "done", O_WRONLY | O_CREAT | O_APPEND, 0644).get(), "\n" + ToText(line) + "\n");
}

Path TransformFiles::Part(std::size_t input, const char* name) const {
  return files_.root() / "parts" / fmt::format("{}.{}", input, name);
}

Path TransformFiles::DataLog() const {
  const JobForm& form = TransformJobForm();
  return context_.logs.StreamFile(job_.key.account, job_.key.region, std::string(form.log_group),
                                  LogStreamOf(form, job_) + "/data-log");
}

}  // namespace sagebrush::sagemaker
