import Tensors

/// One of grayscale, solarisation and Gaussian blur, evenly: the 3-Augment of DeiT III.
///
/// Blur is Pillow's, of a radius uniform in 0.1 to 2, and solarisation inverts from 128 on, as in the authors' program. Its colour
/// jitter of 0.3 is a setting of its own. Source: Touvron et al., "DeiT III: Revenge of the ViT", ECCV 2022, section 3.
enum ThreeAugment {
  static func operations(_ random: inout KeyedRandom) -> [PixelOperation] {
    switch random.below(3) {
    case 0: [.grayscale]
    case 1: [.solarize(128)]
    default: [.blur(Float(random.uniform(between: 0.1, and: 2)))]
    }
  }
}
