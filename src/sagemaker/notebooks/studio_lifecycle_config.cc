#include "sagemaker/notebooks/notebooks.h"

namespace sagebrush::sagemaker {
namespace {

Noun MakeNoun() {
  Noun noun("StudioLifecycleConfig");
  noun.list_member = "StudioLifecycleConfigs";
  noun.list_descending = true;
  noun.words = {{"AppType", "spec.StudioLifecycleConfigAppType"}};
  noun.filters = {{"AppTypeEquals", Filter::How::kEquals, "AppType"}};
  noun.missing = {kResourceNotFound, "StudioLifecycleConfig {name} does not exist."};
  noun.duplicate = {kResourceInUse, "StudioLifecycleConfig {name} already exists."};
  noun.stored = {"StudioLifecycleConfigContent", "StudioLifecycleConfigAppType"};
  noun.prepare = [](Edit& edit) {
    CheckScript("StudioLifecycleConfigContent", GetString(edit.input(), "StudioLifecycleConfigContent"));
  };
  return noun;
}

}  // namespace

const Noun& StudioLifecycleConfigNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
