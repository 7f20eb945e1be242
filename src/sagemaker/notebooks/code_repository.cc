#include "sagemaker/noun.h"

namespace sagebrush::sagemaker {
namespace {

Noun MakeNoun() {
  Noun noun("CodeRepository");
  noun.list_member = "CodeRepositorySummaryList";
  noun.list_order = "Name";
  noun.missing = {kValidation, "Cannot find CodeRepository: \"{arn}\"."};
  noun.duplicate = {kValidation, "Cannot create a duplicate CodeRepository ({arn})"};
  noun.stored = {"GitConfig"};
  noun.update_operation = "UpdateCodeRepository";
  noun.updates = {{"GitConfig", MemberUpdate::How::kMerge}};  // Of Update's, the model knows the SecretArn alone.
  return noun;
}

}  // namespace

const Noun& CodeRepositoryNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
