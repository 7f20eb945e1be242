#pragma once

#include <string>
#include <string_view>

namespace sagebrush::serving {

// Reads a number as Python's float() does, blanks around it allowed: the nearest double, then the nearest float, which
// is how the rows of a request reach XGBoost in AWS's container. An empty text and "nan" give NaN. False: no number, or
// an infinity (XGBoost refuses them).
bool ParseFeature(std::string_view text, float& value);

// As Python's repr() of the float widened to a double: 0.25, 1e-05, 123456792.0, nan.
void AppendPythonFloat(double value, std::string& out);

}  // namespace sagebrush::serving
