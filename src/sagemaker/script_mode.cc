#include "sagemaker/script_mode.h"

#include <fmt/format.h>

#include "base/error.h"

namespace sagebrush::sagemaker {

void RefuseScriptMode(const runtime::ImageDescription& image, const Json* hyperparameters_or_environment) {
  if (hyperparameters_or_environment == nullptr) return;
  for (const char* name : {"sagemaker_program", "SAGEMAKER_PROGRAM"}) {
    const std::string program = GetString(*hyperparameters_or_environment, name);
    // The SDK sends hyperparameters as JSON texts, and empty ones for "none".
    if (program.empty() || program == "\"\"") continue;
    throw Error(kValidation,
                fmt::format("Script mode is not supported by this server for {}: {} names the program {}, which would "
                            "not be run. Leave out entry_point and source_dir to use the built-in algorithm.",
                            image.algorithm, name, program));
  }
}

}  // namespace sagebrush::sagemaker
