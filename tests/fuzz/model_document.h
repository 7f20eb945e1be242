#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "wire/model.h"
#include "wire/pattern.h"

namespace sagebrush::fuzz {

// Makes input documents of a service model from a fuzzer's bytes: each member a value of its own type and form, some of
// them just outside it. Strings are mostly words that mean something to the server, or that it said itself before.
class DocumentMaker {
 public:
  explicit DocumentMaker(FuzzedDataProvider& choices) : choices_(choices) {}

  Json Make(const wire::Shape& shape, int depth = 0) {
    switch (shape.type()) {
      case wire::ShapeType::kStructure:
        return Structure(shape, depth);
      case wire::ShapeType::kList:
        return List(shape, depth);
      case wire::ShapeType::kMap:
        return Map(shape, depth);
      case wire::ShapeType::kString:
        return Json(String(shape));
      case wire::ShapeType::kBlob:
        return Json(choices_.ConsumeRandomLengthString(64));
      case wire::ShapeType::kBoolean:
        return choices_.ConsumeBool();
      case wire::ShapeType::kInteger:
      case wire::ShapeType::kLong:
        return Integer(shape);
      case wire::ShapeType::kFloat:
      case wire::ShapeType::kDouble:
      case wire::ShapeType::kTimestamp:
        return Real();
    }
    return {};
  }

  // Words of `output` are used from now on: what was made can be asked for.
  void Learn(const Json& output) {
    if (output.is_object()) {
      for (const auto& member : output.as_object()) Learn(member.value());
    } else if (output.is_array()) {
      for (const Json& element : output.as_array()) Learn(element);
    } else if (output.is_string() && output.as_string().size() <= 256 && learned_.size() < 64) {
      learned_.emplace_back(output.as_string());
    }
  }

 private:
  static constexpr int kDepthMax = 8;

  bool OneOf(int n) { return choices_.ConsumeIntegralInRange(1, n) == 1; }

  Json Structure(const wire::Shape& shape, int depth) {
    JsonObject object;
    const std::size_t only = shape.is_union() && shape.member_count() > 0
                                 ? choices_.ConsumeIntegralInRange<std::size_t>(0, shape.member_count() - 1)
                                 : shape.member_count();
    for (std::size_t i = 0; i < shape.member_count(); ++i) {
      const wire::Member member = shape.member(i);
      if (member.streaming()) continue;
      const bool present = shape.is_union()    ? i == only
                           : member.required() ? !OneOf(32)
                                               : depth < kDepthMax && OneOf(depth == 0 ? 2 : 4);
      if (present) object[member.name()] = Make(member.shape(), depth + 1);
    }
    return object;
  }

  Json List(const wire::Shape& shape, int depth) {
    JsonArray array;
    for (int left = depth < kDepthMax ? choices_.ConsumeIntegralInRange(0, 3) : 0; left > 0; --left) {
      array.push_back(Make(shape.element().shape(), depth + 1));
    }
    return array;
  }

  Json Map(const wire::Shape& shape, int depth) {
    JsonObject object;
    for (int left = choices_.ConsumeIntegralInRange(0, 2); left > 0; --left) {
      object[String(shape.key().shape())] = Make(shape.value().shape(), depth + 1);
    }
    return object;
  }

  Json Integer(const wire::Shape& shape) {
    switch (choices_.ConsumeIntegralInRange(0, 4)) {
      case 0:
        return static_cast<std::int64_t>(shape.has_min() ? shape.min() : 0);
      case 1:
        return static_cast<std::int64_t>(shape.has_max() ? std::min(shape.max(), 9e18) : 1000);
      case 2:
        if (shape.type() == wire::ShapeType::kLong) return choices_.ConsumeIntegral<std::int64_t>();
        return std::int64_t{choices_.ConsumeIntegral<std::int32_t>()};
      default:
        return choices_.ConsumeIntegralInRange<std::int64_t>(0, 8);
    }
  }

  Json Real() {
    static constexpr std::array<double, 8> kValues = {0, 0.5, 1, 100, -1, 1.7e9, 4e9, 1e300};
    return choices_.PickValueInArray(kValues);
  }

  std::string String(const wire::Shape& shape) {
    if (shape.enum_count() > 0 && !OneOf(16)) {
      return std::string(shape.enum_value(choices_.ConsumeIntegralInRange<std::size_t>(0, shape.enum_count() - 1)));
    }
    if (!learned_.empty() && OneOf(4)) {
      return learned_[choices_.ConsumeIntegralInRange<std::size_t>(0, learned_.size() - 1)];
    }
    const std::vector<std::string_view>& fitting = Fitting(shape);
    if (fitting.empty() || OneOf(12)) return choices_.ConsumeRandomLengthString(80);
    return std::string(fitting[choices_.ConsumeIntegralInRange<std::size_t>(0, fitting.size() - 1)]);
  }

  // The words that the shape's model lets through.
  static const std::vector<std::string_view>& Fitting(const wire::Shape& shape) {
    static std::map<std::pair<const wire::Service*, std::string_view>, std::vector<std::string_view>> fitting_of;
    const auto [entry, made] = fitting_of.try_emplace({&shape.service(), shape.name()});
    if (!made) return entry->second;
    for (const std::string_view word : kWords) {
      const double size = static_cast<double>(word.size());
      if ((shape.has_min() && size < shape.min()) || (shape.has_max() && size > shape.max())) continue;
      if (!shape.has_pattern() || wire::MatchesPattern(shape, word)) entry->second.push_back(word);
    }
    return entry->second;
  }

  static constexpr std::string_view kWords[] = {
      "b",
      "k",
      "t",
      "m",
      "c",
      "e",
      "v",
      "u",
      "r",
      "p",
      "g",
      "s",
      "new-bucket",
      "train",
      "a/b",
      "/",
      "/p/",
      "0",
      "1",
      "2",
      "10",
      "",
      "*",
      "v1",
      "text/csv",
      "application/json",
      "url",
      "bytes=0-3",
      "\"x\"",
      "us-east-1",
      "eu-west-1",
      "a=b",
      "b/k",
      "SageMakerRole",
      "session",
      "arn:aws:iam::123456789012:role/SageMakerRole",
      "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",
      "arn:aws:iam::123456789012:policy/p",
      "arn:aws:iam::123456789012:user/u",
      "arn:aws:logs:us-east-1:123456789012:log-group:g",
      "arn:aws:sagemaker:us-east-1:123456789012:training-job/t",
      "arn:aws:sagemaker:us-east-1:123456789012:model/m",
      "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e",
      "arn:aws:s3:::b/k",
      "AKIAIOSFODNN7EXAMPLE",
      "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
      "s3://b/train/",
      "s3://b/out",
      "s3://none/",
      "https://s3.us-east-1.amazonaws.com/b/k",
      "/opt/ml/checkpoints",
      "/opt/ml/../x",
      "ml.m5.large",
      "num_round",
      "objective",
      "binary:logistic",
      "3",
      "sagemaker:InstanceTypes",
      "s3:GetObject",
      "iam:PassRole",
      "aws:SourceIp",
      "10.0.0.1",
      "ERROR -two ?x %re%",
      "{ $.a = 1 }",
      "m=([0-9.]+)",
      "c2FnZWJydXNoMTpr",
      "eyJHcm91cCI6ImYifQ==",
      "f/0000018bcfe568000000000000000000",
      "subnet-1",
      "sg-1",
      "alias/aws/s3",
      "AAAAAA==",
      "sagemaker.amazonaws.com",
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*"],"Resource":"arn:aws:s3:::b/*"}]})",
      R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}})",
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]})"};

  FuzzedDataProvider& choices_;
  std::vector<std::string> learned_;
};

}  // namespace sagebrush::fuzz
