import Kernels
import Fabrics
import Data
@main struct Main { static func main() { print(Kernels.v(), Fabrics.v(), Data.v()) } }
