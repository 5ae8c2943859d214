"""Where the price book's figures come from: AWS's names of components, its price list, and the bill."""
