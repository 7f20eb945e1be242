#include "telemetry/default_prices.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace sagebrush::telemetry {
namespace {

struct Family {
  const char* name;
  std::vector<std::pair<const char*, double>> sizes;
};

// On-demand prices of an hour as AWS publishes them for SageMaker in us-east-1, about.
const std::vector<Family>& Families() {
  static const std::vector<Family> families{
      {"ml.t2", {{"medium", 0.056}, {"large", 0.111}, {"xlarge", 0.223}, {"2xlarge", 0.445}}},
      {"ml.t3", {{"medium", 0.05}, {"large", 0.1}, {"xlarge", 0.2}, {"2xlarge", 0.399}}},
      {"ml.m4", {{"xlarge", 0.24}, {"2xlarge", 0.48}, {"4xlarge", 0.96}, {"10xlarge", 2.4}, {"16xlarge", 3.84}}},
      {"ml.m5",
       {{"large", 0.115},
        {"xlarge", 0.23},
        {"2xlarge", 0.461},
        {"4xlarge", 0.922},
        {"12xlarge", 2.765},
        {"24xlarge", 5.53}}},
      {"ml.m6i",
       {{"large", 0.115},
        {"xlarge", 0.23},
        {"2xlarge", 0.461},
        {"4xlarge", 0.922},
        {"8xlarge", 1.843},
        {"12xlarge", 2.765},
        {"16xlarge", 3.686},
        {"24xlarge", 5.53},
        {"32xlarge", 7.373}}},
      {"ml.m7i",
       {{"large", 0.121},
        {"xlarge", 0.242},
        {"2xlarge", 0.484},
        {"4xlarge", 0.968},
        {"8xlarge", 1.935},
        {"12xlarge", 2.903},
        {"16xlarge", 3.871},
        {"24xlarge", 5.806},
        {"48xlarge", 11.612}}},
      {"ml.c4", {{"large", 0.119}, {"xlarge", 0.239}, {"2xlarge", 0.478}, {"4xlarge", 0.955}, {"8xlarge", 1.909}}},
      {"ml.c5",
       {{"large", 0.102},
        {"xlarge", 0.204},
        {"2xlarge", 0.408},
        {"4xlarge", 0.816},
        {"9xlarge", 1.836},
        {"18xlarge", 3.672}}},
      {"ml.c6i",
       {{"large", 0.102},
        {"xlarge", 0.204},
        {"2xlarge", 0.408},
        {"4xlarge", 0.816},
        {"8xlarge", 1.632},
        {"12xlarge", 2.448},
        {"16xlarge", 3.264},
        {"24xlarge", 4.896},
        {"32xlarge", 6.528}}},
      {"ml.c7i",
       {{"large", 0.107},
        {"xlarge", 0.214},
        {"2xlarge", 0.428},
        {"4xlarge", 0.857},
        {"8xlarge", 1.714},
        {"12xlarge", 2.57},
        {"16xlarge", 3.427},
        {"24xlarge", 5.141},
        {"48xlarge", 10.282}}},
      {"ml.r5",
       {{"large", 0.151},
        {"xlarge", 0.302},
        {"2xlarge", 0.605},
        {"4xlarge", 1.21},
        {"12xlarge", 3.629},
        {"24xlarge", 7.258}}},
      {"ml.r6i",
       {{"large", 0.151},
        {"xlarge", 0.302},
        {"2xlarge", 0.605},
        {"4xlarge", 1.21},
        {"8xlarge", 2.419},
        {"12xlarge", 3.629},
        {"16xlarge", 4.838},
        {"24xlarge", 7.258},
        {"32xlarge", 9.677}}},
      {"ml.g4dn",
       {{"xlarge", 0.736},
        {"2xlarge", 0.94},
        {"4xlarge", 1.505},
        {"8xlarge", 2.72},
        {"12xlarge", 4.89},
        {"16xlarge", 5.44}}},
      {"ml.g5",
       {{"xlarge", 1.408},
        {"2xlarge", 1.515},
        {"4xlarge", 2.03},
        {"8xlarge", 3.06},
        {"12xlarge", 7.09},
        {"16xlarge", 5.12},
        {"24xlarge", 10.18},
        {"48xlarge", 20.36}}},
      {"ml.g6",
       {{"xlarge", 1.127},
        {"2xlarge", 1.222},
        {"4xlarge", 1.654},
        {"8xlarge", 2.518},
        {"12xlarge", 5.752},
        {"16xlarge", 4.246},
        {"24xlarge", 8.344},
        {"48xlarge", 16.688}}},
      {"ml.p2", {{"xlarge", 1.125}, {"8xlarge", 9.0}, {"16xlarge", 18.0}}},
      {"ml.p3", {{"2xlarge", 3.825}, {"8xlarge", 14.688}, {"16xlarge", 28.152}}},
      {"ml.p4d", {{"24xlarge", 25.251}}},
      {"ml.p5", {{"48xlarge", 63.296}}},
      {"ml.inf1", {{"xlarge", 0.297}, {"2xlarge", 0.471}, {"6xlarge", 1.534}, {"24xlarge", 6.137}}},
      {"ml.inf2", {{"xlarge", 0.99}, {"8xlarge", 2.361}, {"24xlarge", 7.79}, {"48xlarge", 15.58}}},
      {"ml.trn1", {{"2xlarge", 1.545}, {"32xlarge", 24.725}}},
  };
  return families;
}

}  // namespace

std::string DefaultPrices() {
  std::string text =
      "{\n"
      "  \"about\": \"Prices of an hour by instance type. Approximate us-east-1 on-demand prices: edit them to what an "
      "hour costs you. Instead of a number, an entry may give one price per use: {\\\"training\\\": 0.2, "
      "\\\"hosting\\\": 0.3}. Changes count at once, also for what ran before.\",\n"
      "  \"currency\": \"USD\",\n"
      "  \"hourly\": {";
  const char* separator = "\n";
  for (const Family& family : Families()) {
    for (const auto& [size, price] : family.sizes) {
      text += fmt::format("{}    \"{}.{}\": {}", separator, family.name, size, price);
      separator = ",\n";
    }
  }
  return text + "\n  }\n}\n";
}

}  // namespace sagebrush::telemetry
