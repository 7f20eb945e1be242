#include "base/text.h"
#include "sagemaker/notebooks/notebooks.h"
#include "wire/model.h"

namespace sagebrush::sagemaker {
namespace {

void CheckHooks(Edit& edit) {
  for (const std::string hook : {"OnCreate", "OnStart"}) {
    const Json* scripts = Find(edit.input(), hook);
    if (scripts == nullptr) continue;
    for (const Json& script : scripts->as_array()) CheckScript(hook + ".Content", GetString(script, "Content"));
  }
}

// AWS's words begin with what was tried: clients look for "Unable to describe".
std::string Unable(std::string_view verb, std::string_view arn, std::string_view why) {
  return fmt::format(
      "Unable to {} Notebook Instance Lifecycle Config '{}'. (Details: Notebook Instance Lifecycle Config {}.)", verb,
      arn, why);
}

Error Missing(const wire::Call& call) {
  const Noun& noun = NotebookInstanceLifecycleConfigNoun();
  std::string verb(call.operation.name);
  verb.resize(verb.size() - noun.name.size());
  verb[0] = Lower(verb[0]);
  return {kValidation, Unable(verb, ArnOf(noun, call, GetString(call.input, noun.name_member)), "does not exist")};
}

Noun MakeNoun() {
  Noun noun("NotebookInstanceLifecycleConfig");
  noun.list_member = "NotebookInstanceLifecycleConfigs";
  noun.missing = {kValidation, Unable("describe", "{arn}", "does not exist")};
  noun.missing_for = Missing;
  noun.duplicate = {kValidation, Unable("create", "{arn}", "already exists")};
  noun.stored = {"OnCreate", "OnStart"};
  noun.prepare = CheckHooks;
  noun.update_operation = "UpdateNotebookInstanceLifecycleConfig";
  noun.updates = {{"OnCreate"}, {"OnStart"}};
  noun.update = CheckHooks;
  return noun;
}

}  // namespace

const Noun& NotebookInstanceLifecycleConfigNoun() {
  static const Noun noun = MakeNoun();
  return noun;
}

}  // namespace sagebrush::sagemaker
