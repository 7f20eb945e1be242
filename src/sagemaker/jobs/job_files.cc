#include "sagemaker/jobs/job_files.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/error.h"
#include "runtime/gang_network.h"
#include "sagemaker/workload_credentials.h"

namespace sagebrush::sagemaker {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Strings(const Json* array) {
  std::vector<std::string> out;
  if (array != nullptr && array->is_array()) {
    for (const Json& element : array->get_array()) out.emplace_back(element.as_string());
  }
  return out;
}

Seconds RunTimeMax(const store::Resource& job) {
  return Seconds(static_cast<double>(GetInt(job.spec, "StoppingCondition.MaxRuntimeInSeconds")));
}

}  // namespace

JobFiles::JobFiles(const Context& context, const JobForm& form, const store::Resource& job, std::size_t host)
    : context_(context),
      form_(form),
      job_(job),
      host_(host),
      name_(NameOf(form.noun, job)),
      arn_(ArnOf(form.noun, job.key)),
      root_(context.data / "jobs" / job.uid) {
  if (host > 0) root_ /= runtime::GangHostName(host);
}

RoleObjects JobFiles::Objects() const {
  return {context_, GetString(job_.spec, form_.role), "SageMaker", arn_, GetString(job_.spec, form_.output_key)};
}

void JobFiles::WriteJson(const Path& file, const Json& value) const {
  const Path path = root_ / file;
  fs::remove(path);
  WriteAll(OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, 0644).get(), ToText(value));
}

std::string JobFiles::ReadBeginning(const char* directory, const char* file, std::size_t bytes_max) const {
  const FileDescriptor opened = Directory(root_ / directory).OpenFile(file);
  if (!opened.valid()) return "";
  std::string text(bytes_max, '\0');
  const ssize_t n = ::read(opened.get(), text.data(), text.size());
  text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  return text;
}

runtime::WorkloadSpec JobFiles::Workload(const runtime::PreparedImage& image, const Json& specification,
                                         const std::vector<std::string>& otherwise, const runtime::Room& room,
                                         const Path& log_file) const {
  runtime::WorkloadSpec spec;
  spec.root = runtime::RootFor(image, root_ / "root");
  spec.command = Strings(Find(specification, "ContainerEntrypoint"));
  if (spec.command.empty()) spec.command = otherwise;
  const std::vector<std::string> arguments = Strings(Find(specification, "ContainerArguments"));
  spec.command.insert(spec.command.end(), arguments.begin(), arguments.end());
  spec.environment = image.environment;
  if (const Json* given = Find(job_.spec, "Environment")) {
    for (const auto& member : given->as_object()) {
      spec.environment.insert_or_assign(std::string(member.key()), std::string(member.value().as_string()));
    }
  }
  AddApiAccess(context_, {WorkloadOf(job_, host_), GetString(job_.spec, form_.role), arn_}, job_.key.region,
               spec.environment);
  spec.mounts = image.mounts;
  spec.cpus = room.cpus;
  spec.gpus = room.gpus;
  spec.memory_bytes_max = room.memory_bytes;
  spec.disk_bytes_max = VolumeBytesOf(form_, job_);
  spec.api_address = context_.api_address;
  spec.run_time_max = RunTimeMax(job_);
  spec.log_file = log_file;
  return spec;
}

void JobFiles::Remove(const std::stop_token& stop) const {
  if (!RemoveTree(root_, stop) && stop.stop_requested()) throw Error(kServiceUnavailable, "The server is stopping.");
}

}  // namespace sagebrush::sagemaker
