#include "runtime/instance_types.h"

#include <charconv>
#include <cmath>
#include <string>

namespace sagebrush::runtime {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

// Families whose memory grows with the vCPUs.
struct Family {
  std::string_view name;
  double gib_per_vcpu;
};
constexpr Family kFamilies[] = {
    {"c4", 1.875}, {"c5", 2},       {"c5d", 2},  {"c5n", 2.625},  {"c6g", 2},  {"c6gd", 2},     {"c6gn", 2},
    {"c6i", 2},    {"c6id", 2},     {"c6in", 2}, {"c7g", 2},      {"c7i", 2},  {"c7i-flex", 2}, {"c8g", 2},
    {"c8i", 2},    {"c8i-flex", 2}, {"m4", 4},   {"m5", 4},       {"m5d", 4},  {"m6g", 4},      {"m6gd", 4},
    {"m6i", 4},    {"m6id", 4},     {"m7i", 4},  {"m7i-flex", 4}, {"m8g", 4},  {"m8i", 4},      {"m8i-flex", 4},
    {"r5", 8},     {"r5d", 8},      {"r6g", 8},  {"r6gd", 8},     {"r6i", 8},  {"r6id", 8},     {"r7gd", 8},
    {"r7i", 8},    {"r8g", 8},      {"r8i", 8},  {"r8i-flex", 8}, {"g4dn", 4}, {"g5", 4},       {"g6", 4},
    {"g6e", 8},
};

// Sizes that follow no rule, and what rules would get wrong.
struct Exact {
  std::string_view name;
  double vcpus;
  double gib;
  int gpus = 0;
  int accelerators = 0;
};
constexpr Exact kExact[] = {
    {"c4.8xlarge", 36, 60},
    {"c5n.9xlarge", 36, 96},
    {"c5n.18xlarge", 72, 192},
    {"t2.medium", 2, 4},
    {"t2.large", 2, 8},
    {"t2.xlarge", 4, 16},
    {"t2.2xlarge", 8, 32},
    {"t3.micro", 2, 1},
    {"t3.small", 2, 2},
    {"t3.medium", 2, 4},
    {"t3.large", 2, 8},
    {"t3.xlarge", 4, 16},
    {"t3.2xlarge", 8, 32},
    {"p2.xlarge", 4, 61, 1},
    {"p2.8xlarge", 32, 488, 8},
    {"p2.16xlarge", 64, 732, 16},
    {"p3.2xlarge", 8, 61, 1},
    {"p3.8xlarge", 32, 244, 4},
    {"p3.16xlarge", 64, 488, 8},
    {"p3dn.24xlarge", 96, 768, 8},
    {"p4d.24xlarge", 96, 1152, 8},
    {"p4de.24xlarge", 96, 1152, 8},
    {"p5.4xlarge", 16, 256, 1},
    {"p5.48xlarge", 192, 2048, 8},
    {"p5e.48xlarge", 192, 2048, 8},
    {"p5en.48xlarge", 192, 2048, 8},
    {"p6-b200.48xlarge", 192, 2048, 8},
    {"p6-b300.48xlarge", 192, 4096, 8},
    {"p6e-gb200.36xlarge", 144, 960, 4},
    {"g7e.2xlarge", 8, 64, 1},
    {"g7e.4xlarge", 16, 128, 1},
    {"g7e.8xlarge", 32, 256, 1},
    {"g7e.12xlarge", 48, 512, 2},
    {"g7e.24xlarge", 96, 1024, 4},
    {"g7e.48xlarge", 192, 2048, 8},
    {"dl1.24xlarge", 96, 768, 0, 8},
    {"inf1.xlarge", 4, 8, 0, 1},
    {"inf1.2xlarge", 8, 16, 0, 1},
    {"inf1.6xlarge", 24, 48, 0, 4},
    {"inf1.24xlarge", 96, 192, 0, 16},
    {"inf2.xlarge", 4, 16, 0, 1},
    {"inf2.8xlarge", 32, 128, 0, 1},
    {"inf2.24xlarge", 96, 384, 0, 6},
    {"inf2.48xlarge", 192, 768, 0, 12},
    {"trn1.2xlarge", 8, 32, 0, 1},
    {"trn1.32xlarge", 128, 512, 0, 16},
    {"trn1n.32xlarge", 128, 512, 0, 16},
    {"trn2.48xlarge", 192, 2048, 0, 16},
    {"geospatial.interactive", 16, 64},
};

// vCPUs of a size: "large" 2, "xlarge" 4, "Nxlarge" 4 N. 0: not a size.
double VcpusOf(std::string_view size) {
  if (size == "medium") return 1;
  if (size == "large") return 2;
  if (size == "xlarge") return 4;
  int times = 0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), times);
  const std::string_view rest(end, static_cast<std::size_t>(size.data() + size.size() - end));
  return error == std::errc() && rest == "xlarge" && times > 1 && times <= 96 ? 4.0 * times : 0;
}

int GpusOf(std::string_view family, double vcpus) {
  if (family.front() != 'g') return 0;
  if (vcpus == 192) return 8;
  return vcpus == 48 || vcpus == 96 ? 4 : 1;
}

InstanceType Make(double vcpus, double gib, int gpus, int accelerators) {
  return {vcpus, static_cast<std::int64_t>(std::llround(gib * kGiB)), gpus, accelerators};
}

}  // namespace

std::optional<InstanceType> FindInstanceType(std::string_view name) {
  if (name == "system") return Make(2, 4, 0, 0);
  if (!name.starts_with("ml.")) return std::nullopt;
  name.remove_prefix(3);
  for (const Exact& exact : kExact) {
    if (exact.name == name) return Make(exact.vcpus, exact.gib, exact.gpus, exact.accelerators);
  }
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view family_name = name.substr(0, dot);
  const double vcpus = VcpusOf(name.substr(dot + 1));
  for (const Family& family : kFamilies) {
    if (family.name != family_name || vcpus == 0) continue;
    return Make(vcpus, vcpus * family.gib_per_vcpu, GpusOf(family_name, vcpus), 0);
  }
  return std::nullopt;
}

}  // namespace sagebrush::runtime
