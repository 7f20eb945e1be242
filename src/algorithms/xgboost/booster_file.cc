#include <cstring>

#include "algorithms/xgboost/booster_binary.h"
#include "algorithms/xgboost/booster_document.h"
#include "algorithms/xgboost/booster_model.h"
#include "algorithms/xgboost/model_pickle.h"
#include "algorithms/xgboost/model_value.h"

namespace sagebrush::algorithms::xgboost {
namespace {

constexpr std::string_view kConfigHeader = "CONFIG-offset:";  // Before a binary model in Python's state, 1.0 to 2.0.

// UBJSON names start with a length, JSON's with a quote.
bool IsUbjson(std::string_view bytes) {
  return bytes.size() > 2 && bytes[0] == '{' && std::string_view("iUIlL$#").find(bytes[1]) != std::string_view::npos;
}

bool IsJson(std::string_view bytes) {
  const std::size_t second = bytes.size() > 1 ? bytes.find_first_not_of(" \t\r\n", 1) : std::string_view::npos;
  return second != std::string_view::npos && bytes[0] == '{' && (bytes[second] == '"' || bytes[second] == '}');
}

// Protocol 2 and later say so; 0 and 1 start with the class of the object: "ccopy_reg\n_reconstructor\n".
bool IsPickle(std::string_view bytes) {
  if (bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5) return true;
  return bytes.starts_with("ccopy") || bytes.starts_with("cxgboost");
}

bool IsBooster(const PickleValue& value) {
  return value.kind == PickleValue::Kind::kObject && value.type != nullptr && value.state != nullptr &&
         value.type->text.starts_with("xgboost") && value.type->text.ends_with(".Booster");
}

// Python keeps what early stopping found as attributes of the object.
void ReadPythonAttributes(const PickleValue& state, BoosterModel& booster) {
  const PickleValue* limit = state.Find("best_ntree_limit");
  const PickleValue* iteration = state.Find("best_iteration");
  const bool has_limit = limit != nullptr && limit->integer > 0;
  const bool has_iteration = iteration != nullptr && iteration->kind == PickleValue::Kind::kInteger;
  if (has_limit || has_iteration) {
    KeepBestRounds(booster, has_limit ? limit->integer : 0, has_iteration ? iteration->integer : -1);
  }
}

BoosterModel ReadBoosterPickle(std::string_view bytes) {
  const Pickle pickle(bytes);
  for (const PickleValue& value : pickle.values()) {
    if (!IsBooster(value)) continue;
    const PickleValue* handle = value.state->Find("handle");
    if (handle == nullptr || handle->kind != PickleValue::Kind::kBytes || IsPickle(handle->text)) continue;
    BoosterModel booster = ReadBooster(handle->text);
    ReadPythonAttributes(*value.state, booster);
    booster.pickled = true;
    return booster;
  }
  const PickleValue* type = pickle.root().type;
  throw Error(kUnreadableModel, fmt::format("The model file is a pickle without a trained xgboost.core.Booster (it "
                                            "holds {}). Save the booster with Booster.save_model.",
                                            type == nullptr ? "no object" : "a " + type->text));
}

}  // namespace

BoosterModel ReadBooster(std::string_view bytes) {
  if (bytes.empty()) throw Error(kUnreadableModel, "The model file is empty. Save the model again.");
  if (bytes.starts_with("\x1f\x8b") || bytes.starts_with("\x78\x9c") || bytes.starts_with("\x78\xda")) {
    throw Error(kUnreadableModel,
                "The model file is compressed. Store the model itself, written with Booster.save_model.");
  }
  if (IsUbjson(bytes)) return ReadBoosterDocument(ParseModelUbjson(bytes));
  if (IsJson(bytes)) return ReadBoosterDocument(ParseModelJson(bytes));
  if (IsPickle(bytes)) return ReadBoosterPickle(bytes);
  if (bytes.starts_with(kConfigHeader)) {
    bytes.remove_prefix(std::min(kConfigHeader.size() + sizeof(std::int64_t), bytes.size()));
  }
  if (bytes.starts_with("binf")) bytes.remove_prefix(4);
  return ReadBoosterBinary(bytes);
}

}  // namespace sagebrush::algorithms::xgboost
