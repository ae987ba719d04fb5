"""What the readers of npm, pnpm, yarn and bun share: packages in `node_modules`, whose they are, what starts them."""
