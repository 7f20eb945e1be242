#include "wire/model.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "wire/java_pattern.h"
#include "wire/pattern.h"

namespace sagebrush::wire {
namespace {

TEST(Model, HasEveryServiceThatClientsCall) {
  // reference/client-flows.md section 2.
  for (const char* id : {"sagemaker", "sagemaker-runtime", "s3", "sts", "iam", "logs", "cloudwatch", "ecr", "kms"}) {
    EXPECT_NE(FindService(id), nullptr) << id;
  }
  EXPECT_EQ(FindService("nonesuch"), nullptr);
}

TEST(Model, HasAllOperationsOfSageMaker) {
  // botocore 1.44.5: reference/client-flows.md section 0 item 1.
  const Service& service = *FindService("sagemaker");
  EXPECT_GE(service.operations.size(), 425u);
  EXPECT_EQ(service.signing_name, "sagemaker");
  EXPECT_EQ(service.target_prefix, "SageMaker");
  ASSERT_NE(service.FindOperation("CreateTrainingJob"), nullptr);
  EXPECT_EQ(service.FindOperation("CreateTrainingJo"), nullptr);
}

TEST(Model, FindsEveryOperationShapeAndMemberByItsName) {
  for (const Service* service : Services()) {
    for (const Operation& operation : service->operations) {
      EXPECT_EQ(service->FindOperation(operation.name), &operation);
      EXPECT_EQ(operation.service, service);
    }
    for (std::uint32_t i = 0; i < service->tables.shape_count; ++i) {
      const Shape shape(*service, service->tables.shapes[i]);
      EXPECT_EQ(service->FindShape(shape.name()), shape);
      if (shape.type() != ShapeType::kStructure) continue;
      for (std::size_t k = 0; k < shape.member_count(); ++k) {
        const Member member = shape.FindMember(shape.member(k).name());
        ASSERT_TRUE(member) << service->id << " " << shape.name();
        EXPECT_EQ(member.name(), shape.member(k).name());
      }
    }
  }
}

TEST(Model, KnowsConstraintsOfAName) {
  const Shape input = FindService("sagemaker")->FindOperation("CreateTrainingJob")->input();
  const Member name = input.FindMember("TrainingJobName");
  ASSERT_TRUE(name);
  EXPECT_TRUE(name.required());
  EXPECT_TRUE(name.shape().has_max());
  EXPECT_EQ(name.shape().max(), 63);
  EXPECT_TRUE(name.shape().has_pattern());
  EXPECT_FALSE(input.FindMember("trainingJobName"));
}

TEST(Model, KnowsCodesAndStatusOfErrors) {
  EXPECT_EQ(FindService("iam")->FindError("NoSuchEntity").http_status(), 404);
  EXPECT_EQ(FindService("iam")->FindError("NoSuchEntityException").error_code(), "NoSuchEntity");
  EXPECT_EQ(FindService("s3")->FindError("NoSuchKey").http_status(), 404);
  EXPECT_EQ(FindService("sagemaker-runtime")->FindError("ModelError").http_status(), 424);
  EXPECT_FALSE(FindService("sagemaker")->FindError("ValidationException"));
}

TEST(Model, SharedErrorKindsHaveTheStatusOfTheModels) {
  for (const ErrorKind& kind : {kResourceNotFound, kResourceInUse, kResourceLimitExceeded}) {
    const Shape error = FindService("sagemaker")->FindError(kind.code);
    ASSERT_TRUE(error) << kind.code;
    EXPECT_EQ(error.http_status(), kind.http_status);
  }
}

TEST(Pattern, EveryPatternOfTheModelsCanBeRead) {
  std::vector<std::string> unreadable;
  for (const Service* service : Services()) {
    for (std::uint32_t i = 0; i < service->tables.shape_count; ++i) {
      const Shape shape(*service, service->tables.shapes[i]);
      if (shape.has_pattern() && !HasUsablePattern(shape)) {
        unreadable.push_back(std::string(service->id) + " " + std::string(shape.name()) + " " +
                             std::string(shape.pattern()));
      }
    }
  }
  EXPECT_THAT(unreadable, testing::IsEmpty());
}

TEST(Pattern, ReadsWhatOnlyJavaWrites) {
  const Service& sagemaker = *FindService("sagemaker");
  EXPECT_TRUE(MatchesPattern(sagemaker.FindShape("TaskTitle"), "Draw a box \u00e9"));
  EXPECT_FALSE(MatchesPattern(sagemaker.FindShape("TaskTitle"), "bell \x07"));
  EXPECT_TRUE(MatchesPattern(sagemaker.FindShape("AthenaCatalog"), "\U0001F600"));
  EXPECT_TRUE(MatchesPattern(FindService("sagemaker-runtime")->FindShape("InferenceId"), "id 1"));
  EXPECT_FALSE(MatchesPattern(FindService("sagemaker-runtime")->FindShape("InferenceId"), " id"));
}

// What is no pattern of Java's is PCRE2's to refuse.
TEST(Pattern, EndsWhereAClassHasNoEnd) { EXPECT_EQ(JavaToPcre2("a\\p{Space ]"), "a\\p{Space ]"); }

TEST(Pattern, MatchesTheWholeText) {
  const Shape name = FindService("sagemaker")->FindShape("TrainingJobName");
  EXPECT_TRUE(MatchesPattern(name, "my-job-1"));
  EXPECT_FALSE(MatchesPattern(name, "my_job"));
  EXPECT_FALSE(MatchesPattern(name, "-job"));
  EXPECT_FALSE(MatchesPattern(name, "job\n"));
  EXPECT_FALSE(MatchesPattern(name, ""));
}

TEST(Pattern, ATextThatIsNotUtf8DoesNotMatch) {
  EXPECT_FALSE(MatchesPattern(FindService("sagemaker")->FindShape("TrainingJobName"), "a\xff"));
}

}  // namespace
}  // namespace sagebrush::wire
