/// A tensor of a pass, by what it is.
enum FormalTensor: Hashable {
  case value(Int)
  case workspace(node: Int)
  /// A sum of gradients: how often each term is in it. Complete, or on the way.
  case gradient([GradientTerm: Int])
}

/// What gradients are sums of.
enum GradientTerm: Hashable {
  /// What the caller writes for an output of the network.
  case caller(output: Int)
  /// What the reverse rule of a node writes for an input.
  case written(node: Int, input: Int)
  /// The complete gradient of a node's output after the node has changed it in place.
  case changed(node: Int)
}

/// Every tensor met so far, by number.
struct FormalTensors {
  private var numbers: [FormalTensor: Int] = [:]
  private var tensors: [FormalTensor] = []
  private var sums: [[Int]: Int] = [:]

  mutating func number(of tensor: FormalTensor) -> Int {
    if let number = numbers[tensor] { return number }
    numbers[tensor] = tensors.count
    tensors.append(tensor)
    return tensors.count - 1
  }

  /// The sum of two gradients; nil where one of them is none.
  mutating func sum(_ first: Int, _ second: Int) -> Int? {
    if let known = sums[[first, second]] { return known }
    guard case .gradient(let a) = tensors[first], case .gradient(let b) = tensors[second] else { return nil }
    let sum = number(of: .gradient(a.merging(b, uniquingKeysWith: +)))
    sums[[first, second]] = sum
    return sum
  }

  subscript(_ number: Int) -> FormalTensor { tensors[number] }
}
