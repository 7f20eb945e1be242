#pragma once

#include <string>

namespace sagebrush::secrets {

struct PasswordForm {
  std::size_t length = 32;
  std::string excluded{};  // Characters that it must not have.
  bool lower_case = true;
  bool upper_case = true;
  bool digits = true;
  bool punctuation = true;
  bool space = false;
  bool each_type = true;  // At least one character of each that it may have.
};

// Evenly drawn from all passwords of that form. Throws Error(InvalidParameterException) when there is none.
std::string MakePassword(const PasswordForm& form);

}  // namespace sagebrush::secrets
