// oxlint-disable import/no-unassigned-import -- style sheets have nothing to assign
import '@mantine/core/styles.css'
import './app.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { openDoor } from './bridge/index.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no root')

createRoot(root).render(
  <StrictMode>
    <App door={openDoor()} />
  </StrictMode>,
)
