#include "sagemaker/images/images.h"
#include "sagemaker/verbs.h"

namespace sagebrush::sagemaker {
namespace {

void Update(Edit& edit) {
  const Json* deleted = Find(edit.input(), "DeleteProperties");
  if (deleted == nullptr) return;
  for (const Json& property : deleted->as_array()) {
    if (Find(edit.input(), property.as_string()) != nullptr) {
      throw Error(kValidation, fmt::format("{} is given and in DeleteProperties; do one of both.",
                                           std::string_view(property.as_string())));
    }
    edit.spec().erase(property.as_string());
  }
}

Noun MakeNoun() {
  Noun noun("Image");
  noun.state_member = "ImageStatus";
  noun.initial_state = "CREATED";
  noun.list_member = "Images";
  noun.list_descending = true;
  noun.missing = {kResourceNotFound,
                  "The Image with ImageName {name} does not exist. Please provide a valid ImageName."};
  noun.duplicate = {kResourceInUse,
                    "The Image with ImageName {name} already exists. Please use a different ImageName."};
  noun.role_member = "RoleArn";
  noun.stored = {"DisplayName", "Description"};
  noun.update_operation = "UpdateImage";
  noun.updates = {{"DisplayName"}, {"Description"}, {"RoleArn"}, {"DeleteProperties", MemberUpdate::How::kRead}};
  noun.update = Update;
  noun.erase = [](Edit& edit) {
    DeleteParts(edit, ImageVersionNoun());
    return true;
  };
  return noun;
}

}  // namespace

const Noun& ImageNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
