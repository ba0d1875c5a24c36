#pragma once

#include <string>

#include "ecnas/train/images.hpp"

namespace ecnas::train {

inline constexpr const char* kCifar10 = "CIFAR-10";
inline constexpr const char* kFashionMnist = "Fashion-MNIST";
inline constexpr const char* kMnist = "MNIST";

/// Gives a published set its name and, where its files do not tell them, the names of its classes;
/// leaves any other as it is. Fashion-MNIST is known by its checksum, MNIST by how often each class
/// occurs, CIFAR-10 by that and the names of its classes.
/// @pre `images.checksum` is that of `images`, at its published size
void name_known_set(ImageSet& images);

}  // namespace ecnas::train
