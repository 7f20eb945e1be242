#include "base/encoding.h"
#include "sagemaker/notebooks/notebooks.h"

namespace sagebrush::sagemaker {

void CheckScript(const std::string& member, const std::string& content) {
  std::string script;
  const std::string one_line = Replaced(Replaced(content, "\n", ""), "\r", "");  // `base64` breaks lines.
  if (FromBase64(one_line, script)) return;
  throw Error(kValidation, member + " is not base64; give the script base64-encoded.");
}

}  // namespace sagebrush::sagemaker
