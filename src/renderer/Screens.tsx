import { assertNever } from '#shared/domain/errors.ts'
import { AdminScreen } from './features/admin/AdminScreen.tsx'
import { ComputerScreen } from './features/computer/ComputerScreen.tsx'
import { ImagesScreen } from './features/images/ImagesScreen.tsx'
import { ClassroomScreen, GroupScreen } from './features/map/ClassroomScreen.tsx'
import { OperationsScreen } from './features/operations/OperationsScreen.tsx'
import { PendingScreen } from './features/pending/PendingScreen.tsx'
import { HomeScreen } from './features/rooms/HomeScreen.tsx'
import { ServicesScreen } from './features/services/ServicesScreen.tsx'
import { SettingsScreen } from './features/settings/SettingsScreen.tsx'
import { useScreen } from './state/screen.ts'

/** The screen that the address names. A key makes another object start afresh. */
export function Screens() {
  const screen = useScreen()
  switch (screen.name) {
    case 'home':
      return <HomeScreen />
    case 'classroom':
      return <ClassroomScreen key={screen.id} id={screen.id} />
    case 'group':
      return <GroupScreen key={screen.id} id={screen.id} />
    case 'settings':
      return <SettingsScreen key={screen.id} id={screen.id} />
    case 'computer':
      return <ComputerScreen key={screen.id} id={screen.id} />
    case 'pending':
      return <PendingScreen />
    case 'images':
      return <ImagesScreen />
    case 'operations':
      return <OperationsScreen />
    case 'services':
      return <ServicesScreen />
    case 'admin':
      return <AdminScreen />
    default:
      return assertNever(screen)
  }
}
